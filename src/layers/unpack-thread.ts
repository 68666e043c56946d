/**
 * What runs in the worker: takes one job after the other, and answers.
 *
 *     main                             worker
 *     { job, file? }  ───────────────▶
 *                     ◀── { want } ──  a stream's next pieces, a few ahead (file: the worker reads by itself)
 *     { chunk }       ───────────────▶
 *     { chunk: null } ───────────────▶ the stream is over
 *                     ◀── { read } ──  progress, in bytes of the source
 *                     ◀── { done } or { failed }
 */
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { parentPort } from 'node:worker_threads';
import { DrydockError, type ErrorCode, type Failure } from '../errors.ts';
import type { Unpacked } from './types.ts';
import { unpackHere, type Job } from './unpack-job.ts';

export type ToWorker = { job: Job; file?: string } | { chunk: Uint8Array | null };

export type FromWorker = { want: number } | { read: number } | { done: Unpacked } | { failed: Failed };

/** An error without its class, which it would lose on the way between threads. */
export interface Failed {
  code?: ErrorCode;
  message: string;
  failure?: Omit<Failure, 'cause'>;
}

/** Pieces of a stream that are under way at a time. */
const window = 8;
const readSize = 256 * 1024;
/** Progress is told so often, in bytes. */
const progressEvery = 512 * 1024;

const port = parentPort!;
const tell = (message: FromWorker): void => port.postMessage(message);

class Counted implements AsyncIterable<Uint8Array> {
  read = 0;
  private told = 0;

  constructor(private readonly source: AsyncIterable<Uint8Array>) {}

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    for await (const chunk of this.source) {
      this.read += chunk.length;
      if (this.read - this.told >= progressEvery) tell({ read: (this.told = this.read) });
      yield chunk;
    }
    tell({ read: this.read });
  }
}

/** The chunks that main sends. */
async function* sent(): AsyncGenerator<Uint8Array> {
  const waiting: (Uint8Array | null)[] = [];
  const take = (message: ToWorker): void => void ('chunk' in message && waiting.push(message.chunk));
  port.on('message', take);
  try {
    tell({ want: window });
    for (;;) {
      while (waiting.length === 0) await once(port, 'message');
      const chunk = waiting.shift()!;
      if (chunk === null) return;
      tell({ want: 1 });
      yield chunk;
    }
  } finally {
    port.off('message', take);
  }
}

async function work({ job, file }: { job: Job; file?: string }): Promise<void> {
  const source = file === undefined ? sent() : createReadStream(file, { highWaterMark: readSize });
  try {
    tell({ done: await unpackHere(job, new Counted(source)) });
  } catch (error) {
    tell({ failed: plain(error) });
  }
}

function plain(error: unknown): Failed {
  if (!(error instanceof DrydockError)) return { message: error instanceof Error ? error.message : String(error) };
  const { code, message, call, args, errno, hint } = error;
  return { code, message, failure: { call, args: args?.map(String), errno, hint } };
}

port.on('message', (message: ToWorker) => {
  if ('job' in message) void work(message);
});
