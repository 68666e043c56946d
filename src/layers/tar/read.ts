/**
 * An archive, entry by entry, for whoever wants to look into one: `load`, `import`, tests. (unpack uses the parser
 * itself, and never waits between two entries.)
 *
 *     for await (const entry of readTar(stream)) {
 *       if (entry.path.equals(wanted)) for await (const piece of entry.data()) …
 *     }
 */
import { checkSize, defaultLimits } from '../limits.ts';
import type { Entry, Limits, ReadEntry } from '../types.ts';
import { TarParser } from './parser.ts';

type Event = { entry: Entry } | { data: Buffer } | 'end';

/** The archive must not be compressed: see `decompressed`. What the loop leaves unread is skipped. */
export async function* readTar(source: AsyncIterable<Uint8Array>, limits: Limits = {}): AsyncGenerator<ReadEntry> {
  const events = eventsOf(source, limits);
  for (let next = await events.next(); !next.done; next = await events.next()) {
    const event = next.value;
    if (event === 'end' || !('entry' in event)) continue;
    const state = { over: false };
    yield { ...event.entry, data: () => dataOf(events, state) };
    while (!state.over) await pass(events, state);
  }
}

async function pass(events: AsyncGenerator<Event>, state: { over: boolean }): Promise<Buffer | undefined> {
  const { value, done } = await events.next();
  if (done || value === 'end') state.over = true;
  return !done && value !== 'end' && 'data' in value ? value.data : undefined;
}

async function* dataOf(events: AsyncGenerator<Event>, state: { over: boolean }): AsyncGenerator<Buffer> {
  while (!state.over) {
    const piece = await pass(events, state);
    if (piece) yield piece;
  }
}

async function* eventsOf(source: AsyncIterable<Uint8Array>, limits: Limits): AsyncGenerator<Event> {
  const all = { ...defaultLimits, ...limits };
  let waiting: Event[] = [];
  const parser = new TarParser(
    {
      entry: (entry) => waiting.push({ entry }),
      data: (chunk, from, to) => waiting.push({ data: chunk.subarray(from, to) }),
      end: () => waiting.push('end'),
    },
    limits,
  );
  let size = 0;
  for await (const bytes of source) {
    const chunk = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    size += chunk.length;
    checkSize({ ...all, ratio: Infinity }, size, size);
    parser.push(chunk);
    const events = waiting;
    waiting = [];
    yield* events;
  }
  parser.finish();
}
