/**
 * The cgroup file systems of this machine, v1, hybrid or v2 (cgroups(7)).
 *
 * Paths are those below the mount points that we see, so that a container inside a container, whose mounts show only a
 * part of the tree, stays in that part.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DrydockError } from '../errors.ts';
import { readMountinfo } from '../linux/mountinfo.ts';

export interface Hierarchy {
  /** `memory`, `cpu,cpuacct`, `systemd`; `unified` for v2. */
  readonly name: string;
  readonly version: 1 | 2;
  readonly mountPoint: string;
  /** Of v1: those that are mounted together here. */
  readonly controllers: readonly string[];
}

const knownControllers = new Set(
  'memory cpu cpuacct cpuset pids freezer devices blkio hugetlb net_cls net_prio rdma perf_event'.split(' '),
);

/**
 * The controllers whose hierarchies every container joins: they count or stop processes. An attach costs milliseconds on
 * v1, so the others are joined when a limit asks for one of them. On v2 there is one hierarchy.
 */
const ALWAYS = ['memory', 'cpu', 'cpuacct', 'pids', 'freezer', 'devices'];

/** The mounted cgroup hierarchies that a container joins; `more` are controllers that its limits ask for. */
export function hierarchies(more: Iterable<string> = []): Hierarchy[] {
  const joined = new Set([...ALWAYS, ...more]);
  const found = new Map<string, Hierarchy>();
  for (const { type, mountPoint, superOptions } of readMountinfo()) {
    if (type === 'cgroup2') found.set('unified', { name: 'unified', version: 2, mountPoint, controllers: [] });
    if (type !== 'cgroup') continue;
    const controllers = superOptions.split(',').filter((option) => knownControllers.has(option));
    const name = mountPoint.split('/').pop()!;
    if (controllers.some((one) => joined.has(one)) && !found.has(name))
      found.set(name, { name, version: 1, mountPoint, controllers });
  }
  return [...found.values()];
}

/** Every controller that is mounted here, of v1 and of v2: what the cgroups of this machine can limit. */
export function controllersHere(mounts = readMountinfo()): Set<string> {
  const old = mounts.filter(({ type }) => type === 'cgroup').flatMap(({ superOptions }) => superOptions.split(','));
  const unified = mounts.find(({ type }) => type === 'cgroup2');
  const young = unified ? readFileSync(join(unified.mountPoint, 'cgroup.controllers'), 'utf8').trim().split(' ') : [];
  return new Set([...old, ...young].filter((one) => knownControllers.has(one)));
}

/** Whether swap can be limited: kernels with v1 count it for cgroups only when they are started so (swapaccount=1). */
export function canLimitSwap(): boolean {
  const old = hierarchies().find(({ controllers }) => controllers.includes('memory'));
  return existsSync(old ? join(old.mountPoint, 'memory.memsw.limit_in_bytes') : '/proc/swaps');
}

/**
 * Makes one cgroup, whose parent is there. False when it exists already. One whose parent a neighbour has removed at
 * this very moment is ENOENT.
 */
export function makeCgroup(directory: string): boolean {
  try {
    mkdirSync(directory);
    return true;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw cgroupError('mkdir', directory, cause);
  }
}

/** Moves a process into a cgroup. */
export function joinCgroup(directory: string, pid: number): void {
  try {
    writeFileSync(join(directory, 'cgroup.procs'), String(pid));
  } catch (cause) {
    throw cgroupError('write', join(directory, 'cgroup.procs'), cause);
  }
}

/** Pids in a cgroup and below it, in our PID namespace; empty when it does not exist. */
export function processesIn(directory: string): number[] {
  return [directory, ...cgroupsBelow(directory)].flatMap(pidsIn);
}

function pidsIn(directory: string): number[] {
  try {
    const text = readFileSync(join(directory, 'cgroup.procs'), 'utf8');
    // 0 stands for a process that our PID namespace does not show. To kill(2) it would mean our own group.
    return text.split('\n').map(Number).filter(Boolean);
  } catch (cause) {
    if (isGone(cause)) return [];
    throw cgroupError('read', join(directory, 'cgroup.procs'), cause);
  }
}

/** Cgroups that somebody has made inside this one, deepest first. */
export function cgroupsBelow(directory: string): string[] {
  try {
    return readdirSync(directory, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => join(directory, name))
      .flatMap((path) => [...cgroupsBelow(path), path]);
  } catch (cause) {
    if (isGone(cause)) return [];
    throw cgroupError('readdir', directory, cause);
  }
}

/** Whether it is refused because the cgroup, or the process, is there no more. */
export function isGone(cause: unknown): boolean {
  return ['ENOENT', 'ENODEV', 'ESRCH'].includes((cause as NodeJS.ErrnoException).code ?? '');
}

/** Removes a cgroup in which there is nothing; false when there is something. */
export function removedIfEmpty(directory: string): boolean {
  try {
    rmdirSync(directory);
    return true;
  } catch (cause) {
    if (isGone(cause)) return true;
    if (['EBUSY', 'ENOTEMPTY'].includes((cause as NodeJS.ErrnoException).code ?? '')) return false;
    throw cgroupError('rmdir', directory, cause);
  }
}

/** The error for a call on a cgroup's file that was refused. */
export function cgroupError(call: string, path: string, cause: unknown): DrydockError {
  const { errno, code } = cause as NodeJS.ErrnoException;
  return new DrydockError('SYSCALL', `${call} ${path}: ${code}`, {
    isolator: 'cgroups',
    call,
    args: [path],
    errno: Math.abs(errno ?? 0),
    hint: 'see cgroups(7); in a container the cgroup file systems are often read-only',
    cause,
  });
}
