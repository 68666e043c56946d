/**
 * The cgroup file systems of this machine, v1, hybrid or v2 (cgroups(7)).
 *
 * Paths are those below the mount points that we see, so that a container inside a container, whose mounts show only a
 * part of the tree, stays in that part.
 */
import { mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DrydockError } from '../errors.ts';
import { readMountinfo } from '../linux/mountinfo.ts';

export interface Hierarchy {
  /** `memory`, `cpu,cpuacct`, `systemd`; `unified` for v2. */
  readonly name: string;
  readonly version: 1 | 2;
  readonly mountPoint: string;
}

/**
 * The hierarchies that a container joins. An attach costs milliseconds on v1, so only those that count or stop
 * processes are: memory, cpu, pids, freezer, devices. On v2 there is one.
 */
const JOINED = new Set(['memory', 'cpu', 'pids', 'freezer', 'devices']);

/** All mounted cgroup hierarchies that containers join. */
export function hierarchies(): Hierarchy[] {
  const found = new Map<string, Hierarchy>();
  for (const { type, mountPoint, superOptions } of readMountinfo()) {
    if (type === 'cgroup2') found.set('unified', { name: 'unified', version: 2, mountPoint });
    if (type !== 'cgroup') continue;
    const controllers = superOptions.split(',').filter((option) => JOINED.has(option));
    const name = mountPoint.split('/').pop()!;
    if (controllers.length && !found.has(name)) found.set(name, { name, version: 1, mountPoint });
  }
  return [...found.values()];
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

function cgroupError(call: string, path: string, cause: unknown): DrydockError {
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
