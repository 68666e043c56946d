/**
 * What runs in the worker: takes one job after the other, and answers.
 *
 *     main                             worker
 *     { job, from }   ───────────────▶
 *                     ◀── { want } ──  a stream's next pieces, a few ahead (a file the worker reads by itself)
 *     { chunk }       ───────────────▶
 *     { chunk: null } ───────────────▶ the stream is over
 *     { there }       ───────────────▶ so much of a file that is still being written can be read
 *                     ◀── { read } ──  progress, in bytes of the source
 *                     ◀── { done } or { failed }
 */
import { once } from 'node:events';
import { createReadStream, read } from 'node:fs';
import { promisify } from 'node:util';
import { parentPort } from 'node:worker_threads';
import { DrydockError, type ErrorCode, type Failure } from '../errors.ts';
import type { Unpacked } from './types.ts';
import { unpackHere, type Job } from './unpack-job.ts';

export type ToWorker = { job: Job; from: From } | { chunk: Uint8Array | null } | { there: number; isAll: boolean };

/** A file by its name, one that grows by its descriptor (threads have them in common), or else what main sends. */
export type From = { file?: string; fd?: number };

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

const readFrom = promisify(read);

/** A file that is still being written, as far as main says that it is there. */
async function* grown(fd: number): AsyncGenerator<Uint8Array> {
  let [at, there, isOver] = [0, 0, false];
  const take = (message: ToWorker): void => {
    if (!('there' in message)) return;
    there = Math.max(there, message.there);
    isOver ||= message.isAll;
  };
  port.on('message', take);
  try {
    for (;;) {
      while (at === there && !isOver) await once(port, 'message');
      if (at === there) return;
      const piece = Buffer.allocUnsafeSlow(Math.min(readSize, there - at));
      const { bytesRead } = await readFrom(fd, piece, 0, piece.length, at);
      if (bytesRead === 0) throw new Error(`${there} bytes of a file were promised, and it has ${at}`);
      at += bytesRead;
      yield piece.subarray(0, bytesRead);
    }
  } finally {
    port.off('message', take);
  }
}

async function work({ job, from: { file, fd } }: { job: Job; from: From }): Promise<void> {
  const source =
    file !== undefined ? createReadStream(file, { highWaterMark: readSize }) : fd !== undefined ? grown(fd) : sent();
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
