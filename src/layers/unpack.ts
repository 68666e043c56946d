/**
 * unpack: an archive of any origin becomes a tree below one folder, in a worker.
 *
 * Workers take a few hundredths of a second to start, and an image has sixty layers; so they are kept, as many as there
 * are processors, and do not keep the process alive. What a job leaves when it fails or is stopped is half a tree: whoever
 * made the folder removes it.
 */
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { Worker } from 'node:worker_threads';
import { DrydockError } from '../errors.ts';
import { projectHome } from '../linux/native.ts';
import type { Growing, Source, UnpackRequest, Unpacked } from './types.ts';
import type { Failed, From, FromWorker, ToWorker } from './unpack-thread.ts';

/** The worker's program is a file of its own beside the bundle; from its sources, in tests, it has to be compiled. */
function startWorker(): Worker {
  const home = projectHome();
  const worker = __filename.endsWith('.ts')
    ? new Worker(join(__dirname, 'unpack-thread.ts'), {
        execArgv: ['--require', join(home, 'node_modules/tsx/dist/cjs/index.cjs')],
      })
    : new Worker(join(home, 'dist/unpack-thread.js'), { execArgv: [] });
  worker.unref();
  return worker;
}

const idle: Worker[] = [];
const most = availableParallelism();
let atWork = 0;
const queue: (() => void)[] = [];

/** Runs `body` with a worker of its own. One that was stopped or died is not used again. */
async function withWorker<T>(body: (worker: Worker) => Promise<T>): Promise<T> {
  if (atWork === most) await new Promise<void>((resolve) => queue.push(resolve));
  else atWork++;
  const worker = idle.pop() ?? startWorker();
  worker.ref();
  try {
    const result = await body(worker);
    worker.unref();
    idle.push(worker);
    return result;
  } catch (error) {
    await worker.terminate();
    throw error;
  } finally {
    const next = queue.shift();
    if (next) next();
    else atWork--;
  }
}

/**
 * Throws ARCHIVE_INVALID or ARCHIVE_TOO_LARGE for the archive's fault, SYSCALL for the disk's (ENOSPC), and what the
 * source or the signal throws.
 */
export async function unpack(source: Source, request: UnpackRequest): Promise<Unpacked> {
  const { onProgress, signal, ...job } = request;
  signal?.throwIfAborted();
  return await withWorker(async (worker) => {
    const stopListening = new AbortController();
    try {
      return await new Promise<Unpacked>((resolve, reject) => {
        const feed = isStream(source) ? feeder(worker, source[Symbol.asyncIterator]()) : undefined;
        listen(worker, stopListening.signal, reject, (message) => {
          if ('done' in message) resolve(message.done);
          else if ('failed' in message) reject(revived(message.failed));
          else if ('read' in message) onProgress?.(message.read);
          else feed?.(message.want).catch(reject);
        });
        signal?.addEventListener('abort', () => reject(signal.reason as Error), { signal: stopListening.signal });
        worker.postMessage({ job, from: placeOf(source) } satisfies ToWorker);
        if ('fd' in source) tellGrowth(worker, source).catch(reject);
      });
    } finally {
      stopListening.abort();
      // Not awaited: a source that has stalled would never answer.
      if (source instanceof Readable) source.destroy();
    }
  });
}

const isStream = (source: Source): source is AsyncIterable<Uint8Array> => !('file' in source) && !('fd' in source);

function placeOf(source: Source): From {
  if ('file' in source) return { file: source.file };
  return 'fd' in source ? { fd: source.fd } : {};
}

async function tellGrowth(worker: Worker, { upTo }: Growing): Promise<void> {
  for await (const there of upTo) worker.postMessage({ there, isAll: false } satisfies ToWorker);
  worker.postMessage({ there: 0, isAll: true } satisfies ToWorker);
}

/** Listens to a worker until the signal comes. */
function listen(
  worker: Worker,
  until: AbortSignal,
  failed: (error: Error) => void,
  told: (message: FromWorker) => void,
): void {
  const ended = (): void => failed(new DrydockError('INTERNAL', 'the worker that unpacks has ended without a word'));
  worker.on('message', told).on('error', failed).on('exit', ended);
  until.addEventListener('abort', () => worker.off('message', told).off('error', failed).off('exit', ended));
}

/** Sends as many chunks as are wanted, in order, and the end. */
function feeder(worker: Worker, stream: AsyncIterator<Uint8Array>): (want: number) => Promise<void> {
  let wanted = 0;
  let busy = false;
  return async (want) => {
    wanted += want;
    if (busy) return;
    busy = true;
    while (wanted-- > 0) {
      const { value, done } = await stream.next();
      if (done) return worker.postMessage({ chunk: null } satisfies ToWorker);
      // A copy that belongs to the chunk alone, so that it can change hands.
      const chunk = new Uint8Array(value);
      worker.postMessage({ chunk } satisfies ToWorker, [chunk.buffer]);
    }
    wanted = 0;
    busy = false;
  };
}

function revived({ code, message, failure }: Failed): Error {
  return code ? new DrydockError(code, message, failure) : new DrydockError('INTERNAL', message);
}
