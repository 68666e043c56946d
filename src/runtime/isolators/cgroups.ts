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
import type { Limit } from '../cgroup-limit.ts';
import { limitsNamed, limitsV1 } from '../cgroup-limits.ts';
import { cgroupPath, SHARED } from '../cgroup-path.ts';
import { removeCgroups } from '../cgroup-removal.ts';
import { delegate, fillCpuset, writeDevices, writeLimits, type Place } from '../cgroup-setup.ts';
import { hierarchies, joinCgroup, makeCgroup, processesIn, removedIfEmpty, type Hierarchy } from '../cgroupfs.ts';
import type { Isolator, StepContext } from '../isolator.ts';
import { parseOptions } from '../../linux/mount-options.ts';
import { slot, type Plan } from '../plan.ts';
import type { Spec } from '../spec.ts';
import { listDirs, readClaims } from '../state.ts';

/**
 * By hierarchy (`memory`, `cpu,cpuacct`, `unified`): the container's cgroup, where the hierarchy is mounted, which
 * controllers it has, and what is made for it, deepest first.
 */
type Claim = {
  readonly [hierarchy: string]: {
    readonly directory: string;
    readonly root: string;
    readonly controllers: readonly string[];
    readonly made: readonly string[];
  };
};

/** Claims that could not be had, because somebody made the same cgroup at the same moment: not ours to give back. */
const lost = new WeakSet<Claim>();

/** Directories of a container's cgroups, from a claim of this isolator. */
export function directoriesOf(claim: unknown): string[] {
  return Object.values((claim ?? {}) as Claim).map(({ directory }) => directory);
}

/** Where limits are written, from a claim of this isolator. */
export function placeOf(claim: unknown): Place {
  const all = Object.entries((claim ?? {}) as Claim);
  const unified = all.find(([name]) => name === 'unified')?.[1];
  return {
    controllers: Object.fromEntries(
      all.flatMap(([, { directory, controllers }]) => controllers.map((one) => [one, directory])),
    ),
    unified: unified && { directory: unified.directory, root: unified.root },
  };
}

export const cgroups: Isolator<Claim> = {
  name: 'cgroups',
  summary: 'counted and limited as a group',
  claim(spec, { id, privileged, stateDir }) {
    const limits = limitsV1(spec.linux?.resources ?? {});
    if (privileged) return nobodyElses(claimMore({}, limits, spec, id), dirname(stateDir));
    const [first] = [...limits, ...limitsNamed(spec.linux?.resources ?? {})];
    if (first) throw noLimits(first);
    return {};
  },
  prepare(claim, { features, privileged }, { linux }) {
    makeReady(claim);
    const place = placeOf(claim);
    writeLimits(place, linux?.resources ?? {});
    if (privileged) writeDevices(place, linux?.resources?.devices, features.cgroupDeviceProgram);
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

/** A cgroup goes with the container that has made it, and whatever is in it is killed then. */
function nobodyElses(claim: Claim, run: string): Claim {
  const found = Object.values(claim).filter(({ directory, made }) => made[0] !== directory);
  if (found.length === 0) return claim;
  for (const { id, claims } of listDirs(run).flatMap((dir) => readClaims(dir) ?? [])) {
    const theirs = Object.values((claims.cgroups ?? {}) as Claim).map(({ made }) => made[0]);
    const both = found.find(({ directory }) => theirs.includes(directory));
    if (both) throw inUse(both.directory, `the container '${id}' has made it, and is not deleted yet`);
  }
  return claim;
}

/** What a container claims beyond `claim`: the hierarchies that it joins always, and those that these limits ask for. */
export function claimMore(claim: unknown, limits: readonly Limit[], { linux }: Spec, id: string): Claim {
  const path = linux?.cgroupsPath ? cgroupPath(linux.cgroupsPath) : `${SHARED}/${id}`;
  const wanted = hierarchies(limits.map(({ controller }) => controller));
  const missing = wanted.filter(({ name }) => !(name in (claim as Claim)));
  return Object.fromEntries(missing.map((one) => [one.name, claimOne(one, path)]));
}

/** Makes what is claimed, ready for processes. */
export function makeReady(claim: Claim): void {
  makeOwn(claim);
  for (const [name, { directory, root, controllers }] of Object.entries(claim)) {
    if (controllers.includes('cpuset')) fillCpuset(directory, root);
    if (name === 'unified') delegate(directory, root);
  }
}

function makeOwn(claim: Claim): void {
  const had: (readonly string[])[] = [];
  for (const { directory, made } of Object.values(claim)) {
    if (made[0] !== directory) continue;
    if (!makeAll(made)) {
      lost.add(claim);
      // The innermost is somebody else's, and those above it may be ours.
      for (const own of [...had, made.slice(1)]) own.every(removedIfEmpty);
      throw inUse(directory, 'somebody else has made it at the same moment');
    }
    had.push(made);
  }
}

// One that is there already was made by somebody who wants it to stay: the container lives in it and leaves it behind.
function claimOne({ mountPoint, controllers }: Hierarchy, path: string): Claim[string] {
  const directory = join(mountPoint, path);
  const isThere = existsSync(directory);
  const pid = isThere ? processesIn(directory)[0] : undefined;
  if (pid !== undefined) throw inUse(directory, `process ${pid} is in it`);
  const shared = join(mountPoint, SHARED);
  const made = isThere && directory !== shared ? [] : [directory];
  for (let at = dirname(directory); at.length > mountPoint.length; at = dirname(at))
    if (at === shared || !existsSync(at)) made.push(at);
  return { directory, root: mountPoint, controllers, made };
}

/**
 * Makes the directories of a claim; false when the innermost exists already. That one is tried first: those around it
 * are there but for the first container, or where a neighbour that ends has just removed what they shared.
 */
function makeAll(made: readonly string[]): boolean {
  const [innermost, ...around] = made;
  for (let tries = 0; ; tries++) {
    try {
      if (tries > 0) around.toReversed().forEach(makeCgroup);
      return makeCgroup(innermost!);
    } catch (error) {
      if (!isSyscallError(error, ENOENT) || tries === 10) throw error;
    }
  }
}

/** What devices there are to be used is settled anyway: a user namespace can make none. */
function noLimits({ place }: Limit): DrydockError {
  return new DrydockError('UNSUPPORTED', `${place}: an ordinary user’s container has no cgroups here, so no limits`, {
    isolator: 'cgroups',
    hint: 'leave it out, or start Drydock as root',
  });
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
  if (names.length === 0) return;
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
