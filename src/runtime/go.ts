/**
 * The signal between `create` and `start`: one byte through a fifo (fifo(7)).
 *
 * The waiting process has held it open since its birth, so it needs no path after its root has changed. It holds it for
 * reading and writing: a starter that opens it and dies without a word does not look like an end of file. For the
 * starter, ENXIO at opening says that nobody waits any more, and POLLERR after writing that the waiting one has closed
 * it: by execve or by death. Which of them, the start-error file says, one message long: zeros at first, then that it is
 * about to execute, then perhaps why that failed. Its bytes are written here, so that a full disk fails the create.
 */
import { closeSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { DrydockError } from '../errors.ts';
import { EPOLLERR, LOCK_EX, LOCK_NB, O_CLOEXEC, O_NONBLOCK, O_RDWR, O_WRONLY } from '../linux/constants.ts';
import { errorName } from '../linux/errno.ts';
import { native } from '../linux/native.ts';
import { MESSAGE_SIZE } from './message.ts';
import { diskError } from './state.ts';

/** Makes the fifo and the start-error file in a container's folder: descriptors for the child, ours to close. */
export function makeGo(dir: string): { go: number; 'start-error': number } {
  const go = makeFifo(join(dir, 'go'));
  const errors = join(dir, 'start-error');
  try {
    writeFileSync(errors, Buffer.alloc(MESSAGE_SIZE), { mode: 0o600 });
    return { go, 'start-error': openSync(errors, O_WRONLY | O_CLOEXEC) };
  } catch (cause) {
    closeSync(go);
    throw diskError(errors, cause);
  }
}

/** The end that the waiting process holds. */
export function makeFifo(path: string): number {
  native.mkfifo(path, 0o600);
  return openSync(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
}

/** Lets the waiting process go on, and waits until it has executed or died. Gives what it wrote last (failure.ts). */
export async function sayGo(dir: string, id: string): Promise<Buffer> {
  try {
    const fifo = knock(join(dir, 'go'));
    await closedByReader(fifo).finally(() => closeSync(fifo));
    return readFileSync(join(dir, 'start-error'));
  } catch (cause) {
    if (!nobodyWaits.has(errorName(Math.abs((cause as NodeJS.ErrnoException).errno ?? 0)))) throw cause;
    throw new DrydockError('WRONG_STATE', `the container '${id}' is not waiting to be started any more`, { cause });
  }
}

/**
 * Whether the process that waited was ever let go: it has said then that it is about to execute, or why it could not. False
 * also when the folder is half removed, and nobody can say.
 */
export function wasLetGo(dir: string): boolean {
  try {
    return readFileSync(join(dir, 'start-error')).some((byte) => byte !== 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}

/** Nobody reads the fifo when it is opened, or when it is written; somebody else starts the container, or has removed it. */
const nobodyWaits = new Set(['ENXIO', 'EPIPE', 'EAGAIN', 'ENOENT']);

/** One byte into the fifo. Of several starters at once one gets the lock; one that dies takes its lock with it. */
export function knock(path: string): number {
  const fifo = openSync(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
  try {
    native.flock(fifo, LOCK_EX | LOCK_NB);
    writeSync(fifo, '0');
    return fifo;
  } catch (cause) {
    closeSync(fifo);
    throw cause;
  }
}

function closedByReader(fifo: number): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      watch.close();
      resolve();
    };
    const watch = native.watch(fifo, done, EPOLLERR);
  });
}
