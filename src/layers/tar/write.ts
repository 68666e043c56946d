/**
 * The tar writer: POSIX headers, with pax records only where a header has no room. The same entries give the same bytes:
 * no time of writing, no name of a user, records in a fixed order.
 *
 * Names go into the header when they fit into its 100 bytes, or into its prefix and name at a slash; otherwise into
 * a record, and the header has their last bytes, for readers that do not know. Times have nanoseconds if they need them.
 */
import { DrydockError } from '../../errors.ts';
import type { Entry, EntryType } from '../types.ts';
import { blockSize, paddingOf, putChecksum, putOctal } from './block.ts';
import { formatRecord, formatTime } from './pax.ts';

/** An entry, and its data as it lies in the archive: of sparse files the extents, one after the other. */
export type WrittenEntry = Entry & { data?: AsyncIterable<Uint8Array> | Uint8Array };

/** How a header says what an entry is. */
export const letters: Readonly<Record<EntryType, string>> = {
  file: '0',
  link: '1',
  symlink: '2',
  character: '3',
  block: '4',
  directory: '5',
  fifo: '6',
};

const none = Buffer.alloc(0);
const zeros = Buffer.alloc(blockSize);

/** The archive with these entries, in this order. Throws INTERNAL if an entry's data is not as long as its size. */
export async function* writeTar(
  entries: AsyncIterable<WrittenEntry> | Iterable<WrittenEntry>,
): AsyncGenerator<Uint8Array> {
  for await (const entry of entries) {
    const map = entry.extents && sparseMap(entry);
    const stored = entry.extents ? entry.extents.reduce((sum, { length }) => sum + length, 0) : entry.size;
    const size = entry.type === 'file' ? stored + (map?.length ?? 0) : 0;
    yield headersOf(entry, size);
    if (entry.type !== 'file') continue;
    if (map) yield map;
    let written = 0;
    for await (const piece of pieces(entry.data ?? none)) {
      written += piece.length;
      if (written > stored) break;
      yield piece;
    }
    if (written !== stored) throw wrongSize(entry, stored, written);
    yield zeros.subarray(0, paddingOf(size));
  }
  yield Buffer.alloc(2 * blockSize);
}

const pieces = (data: AsyncIterable<Uint8Array> | Uint8Array): AsyncIterable<Uint8Array> | Uint8Array[] =>
  data instanceof Uint8Array ? (data.length > 0 ? [data] : []) : data;

function wrongSize({ path }: Entry, wanted: number, found: number): DrydockError {
  const what = `${JSON.stringify(path.toString())} has ${found > wanted ? 'more than ' : ''}${Math.min(found, wanted)} bytes`;
  return new DrydockError('ARCHIVE_INVALID', `${what}; its header promised ${wanted}`, {
    hint: 'the file was changed while it was packed',
  });
}

/** The header blocks of an entry with so many bytes of data. */
function headersOf(entry: Entry, size: number): Buffer {
  const block = Buffer.alloc(blockSize);
  const records = new Map<string, Buffer>();
  const long = (key: string, value: string | Buffer): void => {
    records.set(key, Buffer.isBuffer(value) ? value : Buffer.from(value));
  };
  const number = (key: string, start: number, length: number, value: number): void => {
    if (!putOctal(block, start, length, value)) long(key, String(value));
  };
  if (entry.extents) long('path', entry.path);
  else if (!putName(block, entry.path)) long('path', entry.path);
  putOctal(block, 100, 8, entry.mode & 0o7777);
  number('uid', 108, 8, entry.uid);
  number('gid', 116, 8, entry.gid);
  number('size', 124, 12, size);
  if (entry.mtime.nanoseconds !== 0 || !putOctal(block, 136, 12, entry.mtime.seconds))
    long('mtime', formatTime(entry.mtime));
  if (entry.mtime.nanoseconds !== 0) putOctal(block, 136, 12, Math.max(entry.mtime.seconds, 0));
  block.write(letters[entry.type], 156, 'latin1');
  if (entry.target && entry.target.length > 100) long('linkpath', entry.target);
  entry.target?.copy(block, 157, 0, 100);
  block.write('ustar\x0000', 257, 'latin1');
  putOctal(block, 329, 8, entry.major ?? 0); // Linux has 12 bits and 20: both fit
  putOctal(block, 337, 8, entry.minor ?? 0);
  if (entry.atime) long('atime', formatTime(entry.atime));
  if (entry.extents) putSparse(entry, records);
  for (const { name, value } of entry.xattrs ?? []) long(`SCHILY.xattr.${name.toString('latin1')}`, value);
  putChecksum(block);
  return records.size === 0 ? block : Buffer.concat([paxHeader(entry.path, records), block]);
}

/** False: it does not fit, and the header has as much of its end as goes in. */
function putName(block: Buffer, path: Buffer): boolean {
  if (path.length <= 100) {
    path.copy(block, 0);
    return true;
  }
  // Prefix and name are cut at a slash, which is in neither; the name must not be empty.
  const slash = path.indexOf(0x2f, path.length - 101);
  if (slash > 0 && slash <= 155 && slash < path.length - 1) {
    path.copy(block, 345, 0, slash);
    path.copy(block, 0, slash + 1);
    return true;
  }
  path.copy(block, 0, path.length - 100);
  return false;
}

function paxHeader(path: Buffer, records: Map<string, Buffer>): Buffer {
  const keys = [...records.keys()].sort();
  const data = Buffer.concat(keys.map((key) => formatRecord(Buffer.from(key, 'latin1'), records.get(key)!)));
  const block = Buffer.alloc(blockSize);
  Buffer.concat([Buffer.from('PaxHeaders/'), path.subarray(-80)]).copy(block, 0);
  for (const [start, length, value] of [
    [100, 8, 0o644],
    [108, 8, 0],
    [116, 8, 0],
    [136, 12, 0],
  ] as const)
    putOctal(block, start, length, value);
  if (!putOctal(block, 124, 12, data.length)) throw new RangeError('pax records of more than eight gigabytes');
  block.write('x', 156, 'latin1');
  block.write('ustar\x0000', 257, 'latin1');
  putChecksum(block);
  return Buffer.concat([block, data, zeros.subarray(0, paddingOf(data.length))]);
}

/** Version 1.0 of GNU's sparse files; see sparse.ts. */
function putSparse({ path, size }: Entry, records: Map<string, Buffer>): void {
  records.delete('path');
  const facts = { major: '1', minor: '0', realsize: String(size) };
  for (const [key, value] of Object.entries(facts)) records.set(`GNU.sparse.${key}`, Buffer.from(value));
  records.set('GNU.sparse.name', path);
}

function sparseMap({ extents = [], size }: Entry): Buffer {
  const last = extents.at(-1);
  // GNU tar cuts the file off where the map ends: a hole at the end is an extent of nothing behind it.
  const end = last && last.offset + last.length === size ? [] : [{ offset: size, length: 0 }];
  const all = [...extents, ...end];
  const text = Buffer.from(`${[all.length, ...all.flatMap(({ offset, length }) => [offset, length])].join('\n')}\n`);
  return Buffer.concat([text, zeros.subarray(0, paddingOf(text.length))]);
}
