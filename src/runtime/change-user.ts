/**
 * The change from the starter's user to the program's own (credentials(7)).
 *
 * Groups go first and the user last: after setresuid(2) away from root nothing else can be changed. Real, effective and
 * saved ids change together, or the program could take the old one back.
 */
import { EPERM } from '../linux/errno.ts';
import type { StepContext } from './isolator.ts';
import type { Plan } from './plan.ts';

/** Records the change. Without capabilities that are kept over it, a user who is not root has none afterwards. */
export function changeUser(plan: Plan, { process: { user }, spec }: StepContext): void {
  const { uid, gid, additionalGids = [] } = user;
  const groups = plan.setgroups(bytesOf(additionalGids)).because('none of our groups');
  // Where setgroups is denied (an unprivileged user namespace) there are no groups of ours to lose.
  if (spec.linux?.namespaces?.some(({ type }) => type === 'user') && additionalGids.length === 0)
    groups.tolerate(EPERM);
  plan.setresgid(gid).because('the group first: as another user it would be refused');
  plan.setresuid(uid).because('for good: real, effective and saved');
}

function bytesOf(gids: readonly number[]): Buffer {
  return Buffer.from(Uint32Array.from(gids).buffer);
}
