/**
 * A cgroup of its own in each hierarchy: by it the container is counted, limited, frozen and found (cgroups(7)).
 *
 * On v1 every controller has a tree of its own, on v2 there is one tree, and on hybrid machines both are mounted. The
 * process is born into its cgroups: those of v1 come from the outer half of the spawn, which enters them first, that of
 * v2 from the clone (Linux 5.7), and where the clone cannot, it is moved while it waits at `born`. Inside, its own
 * cgroup is shown below /sys/fs/cgroup.
 */
import { existsSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { DrydockError } from '../../errors.ts';
import { MS_BIND, MS_NODEV, MS_NOEXEC, MS_NOSUID, MS_RDONLY, MS_REMOUNT } from '../../linux/constants.ts';
import { ENOENT } from '../../linux/errno.ts';
import { isSyscallError } from '../../linux/calls.ts';
import { removeCgroups } from '../cgroup-removal.ts';
import { hierarchies, joinCgroup, makeCgroup, processesIn, removedIfEmpty } from '../cgroupfs.ts';
import type { Isolator, StepContext } from '../isolator.ts';
import { parseOptions } from '../mount-options.ts';
import { slot, type Plan } from '../plan.ts';

/** By hierarchy (`memory`, `cpu,cpuacct`, `unified`): the container's cgroup, and what is made for it, deepest first. */
type Claim = { readonly [hierarchy: string]: { readonly directory: string; readonly made: readonly string[] } };

/** Claims that could not be had, because somebody made the same cgroup at the same moment: not ours to give back. */
const lost = new WeakSet<Claim>();

/** Directories of a container's cgroups, from a claim of this isolator. */
export function directoriesOf(claim: unknown): string[] {
  return Object.values((claim ?? {}) as Claim).map(({ directory }) => directory);
}

/** Above the cgroups of containers that say nothing of their place. Ours by its name, whoever was the first to need it. */
const SHARED = '/drydock';

export const cgroups: Isolator<Claim> = {
  name: 'cgroups',
  summary: 'counted and limited as a group',
  claim({ linux }, { id }) {
    const path = linux?.cgroupsPath ? checkedPath(linux.cgroupsPath) : `${SHARED}/${id}`;
    const claims = hierarchies().map(({ name, mountPoint }) => [name, claimOne(mountPoint, path)] as const);
    return Object.fromEntries(claims);
  },
  prepare(claim) {
    const had: string[] = [];
    for (const { directory, made } of Object.values(claim)) {
      if (made[0] !== directory) continue;
      if (!makeAll(made)) {
        lost.add(claim);
        had.forEach(removedIfEmpty);
        throw inUse(directory, 'somebody else has made it at the same moment');
      }
      had.push(directory);
    }
  },
  cgroups: (claim) =>
    Object.entries(claim).map(([name, { directory }]) => ({
      version: name === 'unified' ? 2 : 1,
      directory,
    })),
  steps(plan, context, claim) {
    if (context.mode === 'create') showOwn(plan, context, claim);
  },
  at: {
    born(claim, { pid, inCgroup }) {
      if (!inCgroup && claim.unified) joinCgroup(claim.unified.directory, pid);
    },
  },
  async release(claim) {
    if (lost.has(claim)) return;
    const ours = Object.values(claim).filter(({ directory, made }) => made[0] === directory);
    await removeCgroups(ours.map(({ directory }) => directory));
    for (const { made } of ours) made.every(removedIfEmpty);
  },
};

// One that is there already was made by somebody who wants it to stay: the container lives in it and leaves it behind.
function claimOne(mountPoint: string, path: string): Claim[string] {
  const directory = join(mountPoint, path);
  const pid = existsSync(directory) ? processesIn(directory)[0] : undefined;
  if (pid !== undefined) throw inUse(directory, `process ${pid} is in it`);
  const made: string[] = [];
  for (let at = directory; at !== mountPoint && at !== '/'; at = dirname(at))
    if (at === join(mountPoint, SHARED) || !existsSync(at)) made.push(at);
  return { directory, made };
}

/** Makes the directories of a claim, outermost first; false when the innermost exists already. */
function makeAll(made: readonly string[]): boolean {
  // A neighbour that ends may remove the shared parent between two of our calls.
  for (let left = 10; ; left--) {
    try {
      return made.toReversed().map(makeCgroup).at(-1)!;
    } catch (error) {
      if (!isSyscallError(error, ENOENT) || left === 0) throw error;
    }
  }
}

function checkedPath(path: string): string {
  const wrong = (what: string): never => {
    throw new DrydockError('SPEC_INVALID', `linux.cgroupsPath '${path}' ${what}`, {
      isolator: 'cgroups',
      hint: "a path like '/drydock/box', or none: then it is made of the container's id",
    });
  };
  if (path.split('/').includes('..')) return wrong("must not contain '..'");
  const normal = posix.normalize(`/${path}`);
  return normal === '/' ? wrong('is the cgroup of the whole machine') : normal;
}

function inUse(directory: string, why: string): DrydockError {
  return new DrydockError('CGROUP_IN_USE', `the cgroup ${directory} is in use: ${why}`, {
    isolator: 'cgroups',
    hint: 'let linux.cgroupsPath name one that nobody has; what is in one cgroup is limited, frozen and killed together',
  });
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
  if (names.length === 1 && names[0] === 'unified') return bind(claim.unified!.directory, mount.destination);
  plan
    .mount_at(root, mount.destination, 'tmpfs', 'tmpfs', confined, 'mode=755', 0, 0)
    .because('one directory for each v1 hierarchy');
  for (const name of names) bind(claim[name]!.directory, posix.join(mount.destination, name));
  if (flags & MS_RDONLY)
    plan
      .mount_at(root, mount.destination, null, null, MS_REMOUNT | MS_BIND | MS_RDONLY | confined, null, 0, 0)
      .because('the list of hierarchies is not the container’s to change');
}
