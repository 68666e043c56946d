/**
 * The end of a process that is no child of ours, so that waitpid(2) says nothing of it.
 *
 * A pidfd is readable when its process has ended, also while that is a zombie (pidfd_open(2), Linux 5.3). On older kernels
 * somebody has to look again and again.
 */
import { closeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { isSyscallError } from './calls.ts';
import { ESRCH } from './errno.ts';
import { features, type Features } from './features.ts';
import { native } from './native.ts';
import { readStat } from './procfs.ts';

const LOOK_MS = 1000;

/** Resolves when the process of this pid and start time has ended; at once when there is none. */
export function hasEnded(
  pid: number,
  startTime: string,
  { pidfd }: Pick<Features, 'pidfd'> = features(),
): Promise<void> {
  return pidfd ? byDescriptor(pid, startTime) : byLooking(pid, startTime);
}

async function byDescriptor(pid: number, startTime: string): Promise<void> {
  const fd = openUnlessGone(pid);
  if (fd === undefined) return;
  try {
    // From here on the number may be another process's, but the descriptor stays with the one that it was opened for.
    if (isGone(pid, startTime)) return;
    await new Promise<void>((resolve) => {
      const watch = native.watch(fd, () => {
        watch.close();
        resolve();
      });
    });
  } finally {
    closeSync(fd);
  }
}

function openUnlessGone(pid: number): number | undefined {
  try {
    return native.pidfdOpen(pid);
  } catch (error) {
    if (isSyscallError(error, ESRCH)) return undefined;
    throw error;
  }
}

async function byLooking(pid: number, startTime: string): Promise<void> {
  while (!isGone(pid, startTime)) await sleep(LOOK_MS);
}

function isGone(pid: number, startTime: string): boolean {
  const stat = readStat(pid);
  return stat?.startTime !== startTime || ['Z', 'X'].includes(stat.state);
}
