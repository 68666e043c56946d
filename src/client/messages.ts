/** Streams of JSON, a value in each line (`/events`, `/stats`, progress). */
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { DrydockError } from '../errors.ts';

/** Each value's text as it came: whoever needs nanoseconds to the last digit reads them there. */
export async function* lines(stream: Readable): AsyncGenerator<string> {
  for await (const line of createInterface({ input: stream, crlfDelay: Infinity })) if (line.trim() !== '') yield line;
}

/** Each value as it comes. */
export async function* messages<T>(stream: Readable): AsyncGenerator<T> {
  for await (const line of lines(stream)) yield parsed<T>(line);
}

export function parsed<T>(line: string): T {
  try {
    return JSON.parse(line) as T;
  } catch (cause) {
    throw new DrydockError('ENGINE', `the engine has sent a line that is no JSON: ${line.slice(0, 200)}`, { cause });
  }
}
