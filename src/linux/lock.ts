/**
 * Who may work on what lies in a folder: one at a time, by a lock on it (flock(2)). Containers, and snapshots.
 *
 *     create   mkdir, lock ─────────────── state saved, or everything taken back ── unlock
 *     remove   lock, look at what is saved, kill, give back, remove the folder ── unlock
 *
 * Nobody else can come between the looking and the doing. The kernel takes the lock back when its holder dies, so what
 * a crash has left can be told from what somebody is still at work on: nobody holds it. A lock is of the folder and not
 * of its name: whoever has waited looks whether the folder is still the one at that path.
 *
 * Starting, entering and signalling need no lock; they are one call each, which succeeds or finds nobody.
 */
import { closeSync, fstatSync, openSync, statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { DrydockError } from '../errors.ts';
import { isSyscallError } from './calls.ts';
import { now } from './clock.ts';
import { LOCK_EX, LOCK_NB, O_CLOEXEC, O_DIRECTORY, O_RDONLY } from './constants.ts';
import { EAGAIN } from './errno.ts';
import { native } from './native.ts';

/** Deadline for whoever is at work. */
const FREE_WITHIN_MS = 15_000;

export interface Lock {
  release(): void;
}

/**
 * Waits for the folder's lock. Undefined when there is no such folder (any more). Throws WRONG_STATE, with what somebody else
 * is `doing` there.
 */
export async function lockFolder(dir: string, doing: string): Promise<Lock | undefined> {
  const deadline = now() + FREE_WITHIN_MS;
  for (let pause = 1; ; pause = Math.min(pause * 2, 50)) {
    const lock = tryLock(dir);
    if (lock !== 'held') return lock;
    if (now() > deadline)
      throw new DrydockError('WRONG_STATE', `somebody else is ${doing} in ${dir}`, {
        hint: `see who: fuser -v ${dir}`,
      });
    await sleep(pause);
  }
}

/** The folder's lock, if it is there and free. */
export function tryLock(dir: string): Lock | 'held' | undefined {
  const fd = openIfThere(dir);
  if (fd === undefined) return undefined;
  const release = (): void => closeSync(fd);
  try {
    native.flock(fd, LOCK_EX | LOCK_NB);
  } catch (error) {
    release();
    if (isSyscallError(error, EAGAIN)) return 'held';
    throw error;
  }
  if (isAt(fd, dir)) return { release };
  release();
  return undefined;
}

function openIfThere(dir: string): number | undefined {
  try {
    return openSync(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function isAt(fd: number, path: string): boolean {
  const [held, there] = [fstatSync(fd), statSync(path, { throwIfNoEntry: false })];
  return held.ino === there?.ino && held.dev === there.dev;
}
