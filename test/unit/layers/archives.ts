/** Archives for tests: entries in short words, and headers written by hand where no honest writer would write them. */
import { spawnSync } from 'node:child_process';
import { putChecksum, putOctal } from '../../../src/layers/tar/block.ts';
import {
  readTar,
  writeTar,
  type Entry,
  type EntryType,
  type Limits,
  type WrittenEntry,
} from '../../../src/layers/index.ts';

type Short = Partial<Omit<WrittenEntry, 'path' | 'target' | 'data'>> & {
  target?: string | Buffer;
  data?: string | Buffer;
};

const bytes = (text: string | Buffer): Buffer => (Buffer.isBuffer(text) ? text : Buffer.from(text));

const modes: Partial<Record<EntryType, number>> = { directory: 0o755, symlink: 0o777 };

/** `entry('file', 'a/b', { data: 'text' })`; all that is not said is root's, and of 1970. */
export function entry(type: EntryType, path: string | Buffer, { target, data, ...more }: Short = {}): WrittenEntry {
  const made: WrittenEntry = {
    type,
    path: bytes(path),
    mode: modes[type] ?? 0o644,
    uid: 0,
    gid: 0,
    size: data?.length ?? 0,
    mtime: { seconds: 0, nanoseconds: 0 },
    ...more,
  };
  if (data !== undefined) made.data = bytes(data);
  if (target !== undefined) made.target = bytes(target);
  return made;
}

export async function collected(pieces: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all = [];
  for await (const piece of pieces) all.push(piece);
  return Buffer.concat(all);
}

export const archive = (...entries: WrittenEntry[]): Promise<Buffer> => collected(writeTar(entries));

/** In pieces of `size` bytes. */
export async function* inPieces(data: Buffer, size = data.length): AsyncGenerator<Buffer> {
  for (let at = 0; at < data.length; at += size) yield await Promise.resolve(data.subarray(at, at + size));
}

export type ReadBack = Entry & { content: Buffer };

/** All entries with their data. */
export async function readBack(data: Buffer, { piece = data.length, ...limits }: Limits & { piece?: number } = {}) {
  const entries: ReadBack[] = [];
  for await (const { data: content, ...rest } of readTar(inPieces(data, piece), limits))
    entries.push({ ...rest, content: await collected(content()) });
  return entries;
}

/** One header, as wrong as one likes: fields are written after the rest, the checksum last. */
export function header(
  type: string,
  name: string,
  size = 0,
  change: (block: Buffer) => void = () => undefined,
): Buffer {
  const block = Buffer.alloc(512);
  block.write(name, 0, 'latin1');
  for (const [at, length, value] of [
    [100, 8, 0o644],
    [108, 8, 0],
    [116, 8, 0],
    [124, 12, size],
    [136, 12, 0],
  ] as const)
    putOctal(block, at, length, value);
  block.write(type, 156, 'latin1');
  block.write('ustar\x0000', 257, 'latin1');
  change(block);
  putChecksum(block);
  return block;
}

/** Data with the padding after it. */
export const padded = (data: string | Buffer): Buffer =>
  Buffer.concat([bytes(data), Buffer.alloc((512 - (data.length % 512)) % 512)]);

export const ending = Buffer.alloc(1024);

/** A pax header with this text as its records. */
export const pax = (records: string | Buffer): Buffer =>
  Buffer.concat([header('x', 'pax', records.length), padded(records)]);

export const record = (key: string, value: string): string => {
  const rest = ` ${key}=${value}\n`;
  let length = rest.length + 1;
  while (String(length).length + rest.length !== length) length = String(length).length + rest.length;
  return `${length}${rest}`;
};

/** A test that a program of the machine is needed for; without it one that is skipped, with the reason. */
export function itWith(program: string, title: string, body: Mocha.AsyncFunc): void {
  const { error } = spawnSync(program, ['--version'], { stdio: 'ignore' });
  if (error === undefined) it(title, body);
  else it.skip(`${title} [skipped: ${program} is not installed]`);
}
