/**
 * The cgroup file systems of this machine, v1, hybrid or v2 (cgroups(7)).
 *
 * Paths are those below the mount points that we see, so that a container inside a container, whose mounts show only a
 * part of the tree, stays in that part.
 */
import { mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
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

/** Deadline for a cgroup to become empty after its processes were killed. */
const EMPTY_WITHIN_MS = 5_000;

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

/** Makes a cgroup and its parents. */
export function makeCgroup(directory: string): void {
  // A neighbour that ends may remove the shared parent between two of our calls.
  for (let attempt = 0; ; attempt++) {
    try {
      mkdirSync(directory, { recursive: true });
      return;
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === 'ENOENT' && attempt < 10) continue;
      throw cgroupError('mkdir', directory, cause);
    }
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

/** Pids in a cgroup; empty when it does not exist. */
export function processesIn(directory: string): number[] {
  try {
    return readFileSync(join(directory, 'cgroup.procs'), 'utf8').split('\n').filter(Boolean).map(Number);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT' || (cause as NodeJS.ErrnoException).code === 'ENODEV')
      return [];
    throw cgroupError('read', join(directory, 'cgroup.procs'), cause);
  }
}

/**
 * Kills what is in a cgroup, removes it, and its parent when that is empty too. No error when it is gone already.
 * The kernel lets go of dead processes a little later than it reports them, so removing is tried until a deadline.
 */
export async function removeCgroup(directory: string): Promise<void> {
  const deadline = Date.now() + EMPTY_WITHIN_MS;
  for (let pause = 1; ; pause = Math.min(pause * 2, 50)) {
    try {
      rmdirSync(directory);
      break;
    } catch (cause) {
      const { code } = cause as NodeJS.ErrnoException;
      if (code === 'ENOENT') break;
      if (code !== 'EBUSY' || Date.now() > deadline) throw cgroupError('rmdir', directory, cause);
    }
    for (const pid of processesIn(directory)) killIfThere(pid);
    await sleep(pause);
  }
  try {
    rmdirSync(dirname(directory));
  } catch {
    // Neighbours live there, or it is the root of the hierarchy.
  }
}

function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
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
