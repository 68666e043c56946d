/** Bodies of answers that are read whole: never more of them than somebody has allowed. */
import type { Readable } from 'node:stream';
import { lineFailure } from './failure.ts';

/** All of it; undefined: it is longer than the limit, and the rest is not read. Throws Passing when the line breaks. */
export async function readUpTo(limit: number, body: Readable, what = 'the answer'): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > limit) return undefined; // leaving the loop ends the stream
      chunks.push(chunk);
    }
  } catch (error) {
    throw lineFailure(error, `${what}: after ${size} bytes`);
  }
  return Buffer.concat(chunks, size);
}

/** So much of an answer that nobody wants is read to keep its line for the next request; of a longer one the line is cut. */
const POLITE = 64 * 1024;

export async function discard(body: Readable): Promise<void> {
  try {
    await readUpTo(POLITE, body);
  } catch {
    // It was not wanted anyway; the next request has a line of its own.
  }
}
