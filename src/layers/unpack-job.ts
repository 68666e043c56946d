/**
 * The worker's part of unpack: an archive from its bytes to the tree, in one thread that nobody waits for.
 *
 *     bytes ─▶ decompressed ─▶ hash ─▶ TarParser ─▶ Unpacking ─▶ the kernel
 *              (other threads)          one piece of half a megabyte at a time
 *
 * A piece is parsed, and what it holds is done with one native call: some hundred small files, or a part of a large one.
 * Nothing of a file is kept, so the memory does not grow with the archive.
 */
import { createHash } from 'node:crypto';
import { DrydockError } from '../errors.ts';
import { isSyscallError } from '../linux/calls.ts';
import { EBUSY, EINVAL, EISDIR, ELOOP, ENAMETOOLONG, ENOENT, ENOTDIR, EPERM, EXDEV } from '../linux/errno.ts';
import { openRoot } from '../linux/rooted.ts';
import { Unpacking } from '../linux/unpacking.ts';
import { decompressed } from './compression.ts';
import { checkSize, defaultLimits } from './limits.ts';
import { TarParser, type TarEvents } from './tar/parser.ts';
import type { Entry, Extent, Limits, Unpacked, Whiteouts } from './types.ts';

export interface Job {
  folder: string;
  whiteouts: Whiteouts;
  userxattr?: boolean;
  limits?: Limits;
  /** Use the checked walk where the kernel has openat2 too. For tests. */
  walk?: boolean;
}

/** Unpacks. `source` counts what it has given in `read`. */
export async function unpackHere(
  job: Job,
  source: AsyncIterable<Uint8Array> & { readonly read: number },
): Promise<Unpacked> {
  const limits = { ...defaultLimits, ...job.limits };
  using root = openRoot(job.folder);
  using unpacking = new Unpacking(root.fd, job);
  const writer = new EntryWriter(unpacking);
  const parser = new TarParser(writer, job.limits);
  const hash = createHash('sha256');
  let size = 0;
  try {
    for await (const piece of decompressed(source)) {
      size += piece.length;
      checkSize(limits, size, source.read);
      hash.update(piece);
      parser.push(piece);
      unpacking.flush(piece);
    }
    parser.finish();
    const warnings = unpacking.finish();
    const diffId = `sha256:${hash.digest('hex')}`;
    return { diffId, size, filled: writer.filled, entries: parser.entries, warnings };
  } catch (error) {
    throw archivesFault(error);
  }
}

/** Turns entries into objects, and data into positions: a sparse file's goes to its extents, one after the other. */
class EntryWriter implements TarEvents {
  /** src/layers/types.ts, Unpacked. */
  filled = 0;
  private current?: Entry;
  private position = 0;
  /** Of a sparse file: the extents that are still to be filled. */
  private ahead: Extent[] = [];

  constructor(private readonly unpacking: Unpacking) {}

  entry(entry: Entry): void {
    this.current = entry;
    this.position = 0;
    this.ahead = entry.extents ? [...entry.extents].reverse() : [];
    if (entry.type === 'file') this.filled += entry.size;
    this.unpacking.begin(entry);
  }

  data(_: Buffer, from: number, to: number): void {
    const { type, extents } = this.current!;
    if (type !== 'file') return;
    if (extents) return this.sparse(from, to);
    this.unpacking.data(this.position, from, to);
    this.position += to - from;
  }

  private sparse(from: number, to: number): void {
    while (from < to) {
      const extent = this.ahead.at(-1)!;
      const part = Math.min(to - from, extent.length);
      if (part > 0) this.unpacking.data(extent.offset, from, from + part);
      from += part;
      if (part === extent.length) this.ahead.pop();
      else this.ahead[this.ahead.length - 1] = { offset: extent.offset + part, length: extent.length - part };
    }
  }

  end(): void {
    const { type, size } = this.current!;
    if (type === 'file') this.unpacking.end(size);
  }
}

const impossible: Record<number, string> = {
  [EISDIR]: 'the root of the tree cannot be anything but a directory',
  [ENOTDIR]: 'it leads through something that is no directory',
  [ELOOP]: 'it leads through too many links, or through one that may not be followed',
  [ENAMETOOLONG]: 'its name is longer than Linux takes, or it is nested too deep',
  [EINVAL]: 'it is a whiteout of nothing, or a name or a number that the kernel does not take',
  [ENOENT]: 'it is a link to what is not there',
  [EPERM]: 'it is a link to a directory',
  [EXDEV]: 'it is a link to another file system',
  [EBUSY]: 'it would take the place of what is mounted there: a volume, or a file of the engine’s',
};

/** What the kernel refused because the archive asks for the impossible is the archive's fault, and says so. */
function archivesFault(error: unknown): unknown {
  if (!isSyscallError(error)) return error;
  const { call, errno, args = [] } = error;
  const why = impossible[errno];
  if (!why || ((errno === ENOENT || errno === EPERM || errno === EXDEV) && call !== 'link')) return error;
  const path = JSON.stringify(String(args[0]));
  return new DrydockError('ARCHIVE_INVALID', `${path}: ${why}`, { call, args, errno, cause: error });
}
