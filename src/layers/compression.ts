/**
 * Layers come as gzip, as zstd or as they are. The first bytes say which; media types lie now and then.
 *
 * Decompression happens here, in our own process and outside of any image: never by a program that is found in a PATH
 * (CVE-2026-41567 was an image that brought its own `unpigz`). Node inflates on other threads, so that whoever takes the
 * bytes works at the same time. RFC 1952 (gzip), RFC 8878 (zstd).
 */
import { Decompress } from 'fzstd';
import type { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import * as zlib from 'node:zlib';
import { DrydockError } from '../errors.ts';
import { tooLarge } from './limits.ts';
import { peek } from '../peek.ts';

export type Compression = 'gzip' | 'zstd' | 'none';

/** Large pieces: each costs a few calls, whatever is in it. Some are made ahead. */
const pieceSize = 512 * 1024;
// The types of zlib leave out what it hands on to its stream.
const options = { chunkSize: pieceSize, highWaterMark: 2 * pieceSize } as zlib.ZlibOptions;

const magics: [name: string, magic: string][] = [
  ['gzip', '1f8b'],
  ['zstd', '28b52ffd'],
  ['bzip2', '425a68'],
  ['xz', 'fd377a585a00'],
  ['lz4', '04224d18'],
];

/** What the first six bytes say, whether Drydock knows it or not. */
export function nameOfCompression(start: Uint8Array): string {
  const hex = Buffer.from(start.subarray(0, 6)).toString('hex');
  return magics.find(([, magic]) => hex.startsWith(magic))?.[0] ?? 'none';
}

/** The same, if it is one of ours. Throws ARCHIVE_INVALID for a compression that Drydock does not know. */
export function compressionOf(start: Uint8Array): Compression {
  const name = nameOfCompression(start);
  if (name === 'gzip' || name === 'zstd' || name === 'none') return name;
  throw new DrydockError('ARCHIVE_INVALID', `it is compressed with ${name}; Drydock reads gzip and zstd`, {
    hint: `decompress it first: ${name} -dc FILE`,
  });
}

/** The bytes without their compression. Throws ARCHIVE_INVALID when they are broken or cut off. */
export async function* decompressed(source: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  const { start, all } = await peek(source, 6);
  const compression = compressionOf(start);
  if (compression === 'none') yield* buffers(all);
  else if (compression === 'gzip') yield* through(zlib.createGunzip(options), all);
  else yield* unzstd(all);
}

/** Gzip that says neither when nor where it was made: the same bytes in, the same bytes out. */
export async function* gzipped(source: AsyncIterable<Uint8Array>, level = 6): AsyncGenerator<Buffer> {
  yield* through(zlib.createGzip({ ...options, level }), source);
}

export async function* buffers(source: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  for await (const { buffer, byteOffset, byteLength } of source) yield Buffer.from(buffer, byteOffset, byteLength);
}

async function* through(engine: Transform, source: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  // Its failure is the engine's, which throws below.
  const fed = pipeline(source, engine).catch((error: unknown) => error);
  try {
    for await (const piece of engine) yield piece as Buffer;
  } catch (error) {
    throw inWords(error);
  } finally {
    engine.destroy();
    await fed;
  }
}

function inWords(error: unknown): unknown {
  const { code, message } = error as NodeJS.ErrnoException;
  if (!code?.startsWith('Z_') && !code?.startsWith('ERR_ZSTD') && !code?.startsWith('ZSTD')) return error;
  return new DrydockError('ARCHIVE_INVALID', `its compression is broken: ${message}`, {
    hint: 'it was cut off, or bytes were changed on the way',
    cause: error,
  });
}

/** 2^26: zstd's own tools stay below 2^23 unless they are told otherwise, and this much must fit into the memory. */
const largestWindow = 64 * 1024 * 1024;

type ZstdZlib = { createZstdDecompress?: (options: unknown) => Transform };

/** Node's own where it has one (22.15); before, one in JavaScript. */
async function* unzstd(source: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  const { createZstdDecompress } = zlib as ZstdZlib;
  if (createZstdDecompress) {
    const constants = zlib.constants as unknown as { ZSTD_d_windowLogMax: number };
    const params = { [constants.ZSTD_d_windowLogMax]: Math.log2(largestWindow) };
    yield* through(createZstdDecompress({ ...options, params }), source);
    return;
  }
  const { start, all } = await peek(source, 14);
  if (windowOf(start) > largestWindow)
    throw tooLarge(`its compression needs a window of more than ${largestWindow} bytes`);
  let pieces: Uint8Array[] = [];
  const engine = new Decompress((piece) => pieces.push(piece));
  const push = (chunk: Uint8Array, last: boolean): Buffer => {
    try {
      engine.push(chunk, last);
    } catch (error) {
      throw inWords(Object.assign(error as Error, { code: 'ZSTD' }));
    }
    const ready = Buffer.concat(pieces);
    pieces = [];
    return ready;
  };
  for await (const chunk of all) yield push(chunk, false);
  yield push(Buffer.alloc(0), true);
}

/** How many bytes back a zstd frame may point: RFC 8878, 3.1.1.1. */
function windowOf(start: Buffer): number {
  const descriptor = start[4] ?? 0;
  const singleSegment = (descriptor & 0x20) !== 0;
  if (!singleSegment) {
    const window = start[5] ?? 0;
    const base = 2 ** (10 + (window >> 3));
    return base + (base / 8) * (window & 7);
  }
  const at = 5 + [0, 1, 2, 4][descriptor & 3]!;
  const size =
    start.subarray(at).length < 8 ? Buffer.concat([start.subarray(at), Buffer.alloc(8)]) : start.subarray(at);
  return [size[0]!, size.readUInt16LE(0) + 256, size.readUInt32LE(0), Number(size.readBigUInt64LE(0))][
    descriptor >> 6
  ]!;
}
