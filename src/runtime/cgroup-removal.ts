/**
 * The end of a container's cgroups.
 *
 * A cgroup with a process in it cannot be removed, so what is in it is killed. The kernel lets go of dead processes a
 * little later than it reports them: removing is tried until a deadline.
 */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DrydockError } from '../errors.ts';
import { now } from '../linux/clock.ts';
import { signals } from '../linux/constants.ts';
import { EBUSY } from '../linux/errno.ts';
import { cgroupsBelow, removedIfEmpty } from './cgroupfs.ts';
import { signalCgroups } from './cgroup-signal.ts';

/** Deadline for cgroups to become empty after their processes were killed: on a busy machine they have to come to it first. */
const EMPTY_WITHIN_MS = 30_000;

/**
 * Kills what is in these cgroups, and removes them with those that were made inside. No error when they are gone already.
 *
 * @throws WRONG_STATE when something in one does not end.
 */
export async function removeCgroups(directories: readonly string[]): Promise<void> {
  const deadline = now() + EMPTY_WITHIN_MS;
  let left = directories;
  for (let pause = 1; ; pause = Math.min(pause * 2, 50)) {
    left = left.filter((directory) => !removedIfEmpty(directory));
    const [busy] = left;
    if (busy === undefined) return;
    if (now() > deadline) throw notEmptied(busy);
    await signalCgroups(left, signals.SIGKILL!);
    left.flatMap(cgroupsBelow).forEach(removedIfEmpty);
    await sleep(pause);
  }
}

function notEmptied(directory: string): DrydockError {
  return new DrydockError('WRONG_STATE', `the cgroup ${directory} is still in use after everything in it was killed`, {
    isolator: 'cgroups',
    call: 'rmdir',
    args: [directory],
    errno: EBUSY,
    hint: `see who: cat ${join(directory, 'cgroup.procs')}; a process that waits for a disk ends when the disk answers`,
  });
}
