/**
 * A cgroup of its own in each hierarchy: by it the container is counted, limited, frozen and found (cgroups(7)).
 *
 * On v1 every controller has a tree of its own, on v2 there is one tree, and on hybrid machines both are mounted. The
 * process is born into its cgroups: those of v1 come from the outer half of the spawn, which enters them first, that of
 * v2 from the clone (Linux 5.7), and where the clone cannot, it is moved while it waits at `born`. Inside, its own
 * cgroup is shown below /sys/fs/cgroup.
 */
import { join, posix } from 'node:path';
import { DrydockError } from '../../errors.ts';
import { MS_BIND, MS_NODEV, MS_NOEXEC, MS_NOSUID, MS_RDONLY, MS_REMOUNT } from '../../linux/constants.ts';
import { hierarchies, joinCgroup, makeCgroup, removeCgroup } from '../cgroupfs.ts';
import type { Isolator, StepContext } from '../isolator.ts';
import { parseOptions } from '../mount-options.ts';
import { slot, type Plan } from '../plan.ts';

/** Directory of the container's cgroup by hierarchy (`memory`, `cpu,cpuacct`, `unified`). */
type Claim = { readonly [hierarchy: string]: string };

export const cgroups: Isolator<Claim> = {
  name: 'cgroups',
  summary: 'counted and limited as a group',
  claim({ linux }, { id }) {
    const path = checkedPath(linux?.cgroupsPath ?? `/drydock/${id}`);
    return Object.fromEntries(hierarchies().map(({ name, mountPoint }) => [name, join(mountPoint, path)]));
  },
  prepare(claim) {
    for (const directory of Object.values(claim)) makeCgroup(directory);
  },
  cgroups: (claim) =>
    Object.entries(claim).map(([name, directory]) => ({
      version: name === 'unified' ? 2 : 1,
      directory,
    })),
  steps(plan, context, claim) {
    if (context.mode === 'create') showOwn(plan, context, claim);
  },
  at: {
    born(claim, { pid, inCgroup }) {
      if (!inCgroup && claim.unified) joinCgroup(claim.unified, pid);
    },
  },
  async release(claim) {
    for (const directory of Object.values(claim)) await removeCgroup(directory);
  },
};

function checkedPath(path: string): string {
  if (!path.split('/').includes('..')) return posix.normalize(`/${path}`);
  throw new DrydockError('SPEC_INVALID', `linux.cgroupsPath '${path}' must not contain '..'`, { isolator: 'cgroups' });
}

function showOwn(plan: Plan, { spec, stack }: StepContext, claim: Claim): void {
  const mount = spec.mounts?.find(({ type }) => type === 'cgroup' || type === 'cgroup2');
  if (!mount || !stack.has('mounts')) return;
  const root = slot('root');
  const flags = parseOptions(mount.options).mount.set;
  const confined = MS_NOSUID | MS_NODEV | MS_NOEXEC;
  const names = Object.keys(claim);
  const bind = (directory: string, target: string): void => {
    plan
      .bind_at(root, target, directory, confined | flags, 0, 0, 0)
      .because('its own cgroup, and none of its neighbours');
  };
  if (names.length === 1 && names[0] === 'unified') return bind(claim.unified!, mount.destination);
  plan
    .mount_at(root, mount.destination, 'tmpfs', 'tmpfs', confined, 'mode=755', 0)
    .because('one directory for each v1 hierarchy');
  for (const name of names) bind(claim[name]!, posix.join(mount.destination, name));
  if (flags & MS_RDONLY)
    plan
      .mount_at(root, mount.destination, null, null, MS_REMOUNT | MS_BIND | MS_RDONLY | confined, null, 0)
      .because('the list of hierarchies is not the container’s to change');
}
