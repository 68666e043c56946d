/**
 * Locks between processes (flock(2)). The kernel takes one back when its holder dies, so nothing has to be mended.
 *
 * Waiting is asking again: a flock that waits would stop all of Node.
 */
import { open, type FileHandle } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { isSyscallError } from '../linux/calls.ts';
import { LOCK_EX, LOCK_NB, LOCK_SH } from '../linux/constants.ts';
import { EAGAIN } from '../linux/errno.ts';
import { native } from '../linux/native.ts';

export type Sharing = 'shared' | 'alone';

/** False: somebody else has it. */
export function tryLock(fd: number, sharing: Sharing): boolean {
  try {
    native.flock(fd, (sharing === 'alone' ? LOCK_EX : LOCK_SH) | LOCK_NB);
    return true;
  } catch (error) {
    if (isSyscallError(error, EAGAIN)) return false;
    throw error;
  }
}

/** Waits without end, unless the signal ends it. */
export async function lock(handle: FileHandle, sharing: Sharing, signal?: AbortSignal): Promise<void> {
  for (let pause = 1; !tryLock(handle.fd, sharing); pause = Math.min(pause * 2, 50))
    await sleep(pause, undefined, { signal });
}

/** Runs `body` while the lock of this file is held; the file is made if it is not there. */
export async function withLock<T>(path: string, sharing: Sharing, body: () => Promise<T>): Promise<T> {
  const handle = await open(path, 'a', 0o600);
  try {
    await lock(handle, sharing);
    return await body();
  } finally {
    await handle.close();
  }
}
