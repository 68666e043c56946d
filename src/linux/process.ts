/**
 * A process of somebody else, held so that it stays the one that was meant.
 *
 * A pid is given again when its process has been reaped: between a look at it and the next call with it, it may be
 * somebody else's. An open directory /proc/PID stays with its process. When that has ended, everything below the
 * directory is ESRCH, whoever has the number by then. pidfd_send_signal(2) takes such a directory, too (Linux 5.1); on
 * older kernels a look comes right before the kill, and a very small gap remains.
 */
import { closeSync, openSync } from 'node:fs';
import { isSyscallError } from './calls.ts';
import { O_CLOEXEC, O_DIRECTORY, O_RDONLY } from './constants.ts';
import { ESRCH } from './errno.ts';
import { features } from './features.ts';
import { native } from './native.ts';
import { isSame, readStat } from './procfs.ts';

export interface HeldProcess {
  /** What stands for /proc/PID: `${path}/ns/net`, `${path}/root`. */
  readonly path: string;
  /** Sends a signal; false when the process is gone. 0 only asks. */
  signal(number: number): boolean;
  close(): void;
}

/** Holds the process of this pid; undefined when there is none, or not with this start time, or that one is ending. */
export function holdProcess(pid: number, startTime?: string): HeldProcess | undefined {
  const fd = openUnlessGone(`/proc/${pid}`);
  if (fd === undefined) return undefined;
  const path = `/proc/self/fd/${fd}`;
  if (startTime !== undefined && !isSame(path, startTime)) {
    closeSync(fd);
    return undefined;
  }
  return { path, signal: (number) => signal(fd, pid, number), close: () => closeSync(fd) };
}

function openUnlessGone(path: string): number | undefined {
  try {
    return openSync(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
}

function signal(fd: number, pid: number, number: number): boolean {
  try {
    if (features().pidfd) native.pidfdSendSignal(fd, number);
    else if (readStat(`/proc/self/fd/${fd}`)) process.kill(pid, number);
    else return false;
    return true;
  } catch (error) {
    if (isGone(error) || isSyscallError(error, ESRCH)) return false;
    throw error;
  }
}

function isGone(error: unknown): boolean {
  return ['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '');
}
