/**
 * Waiting for children that Node does not know: they were spawned by the shim, with us as their parent.
 *
 * One SIGCHLD may stand for many deaths (signal(7)), so each time every awaited pid is asked for. libuv asks only for
 * its own children, never for all, and so does not take ours away.
 */
import { DrydockError } from '../errors.ts';
import { WNOHANG } from '../linux/constants.ts';
import { native } from '../linux/native.ts';

/** A pending promise does not keep Node alive; this timer does, as long as somebody waits. */
const FOREVER_MS = 2 ** 31 - 1;

const awaited = new Map<number, (code: number) => void>();
let keepAlive: NodeJS.Timeout | undefined;

/** The exit code of a child of this process, 128 + n when a signal ended it. Reaps it. */
export function waitFor(pid: number): Promise<number> {
  if (awaited.has(pid)) throw new DrydockError('INTERNAL', `two wait for process ${pid}`);
  return new Promise((resolve) => {
    if (awaited.size === 0) {
      process.on('SIGCHLD', reapAll);
      keepAlive = setInterval(() => undefined, FOREVER_MS);
    }
    awaited.set(pid, resolve);
    reap(pid);
  });
}

/**
 * What a shell would say of a child that has ended: its exit code, or 128 + n when signal n ended it.
 *
 * `status` is as wait(2) gives it, 16 bits that hold both: the signal in the low seven, above it whether the kernel has
 * written a core dump, and the exit code in the second byte.
 */
export function exitCode(status: number): number {
  const signal = status & 0x7f;
  if (signal !== 0) return 128 + signal;
  return (status >> 8) & 0xff;
}

function reapAll(): void {
  for (const pid of awaited.keys()) reap(pid);
}

function reap(pid: number): void {
  const ended = native.waitpid(pid, WNOHANG);
  if (!ended) return;
  const resolve = awaited.get(pid);
  awaited.delete(pid);
  if (awaited.size === 0) {
    process.off('SIGCHLD', reapAll);
    clearInterval(keepAlive);
  }
  resolve?.(exitCode(ended.status));
}
