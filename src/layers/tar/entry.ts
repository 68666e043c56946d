/**
 * One entry of an archive, put together from its header and from what came before it: pax records, long names, maps.
 *
 * Where several speak, the most specific wins: GNU.sparse.name, then pax, then GNU's long name, then the header.
 * Global pax headers are not applied: Docker does not, and an archive must not be two things to two readers.
 */
import type { Entry, EntryType, Extent } from '../types.ts';
import { bytesAt, formatOf, invalid, numberAt } from './block.ts';
import { parseTime, wholeNumber, type Records } from './pax.ts';
import { oldExtents, paxSparse } from './sparse.ts';

/** What has come before the header that it belongs to. */
export interface Before {
  records: Records;
  longName?: Buffer;
  longLink?: Buffer;
}

export interface Begun {
  entry: Entry;
  /** Bytes in the archive: what a sparse file has without its holes, and with a map of version 1.0. */
  stored: number;
  /** More of the map follows: in blocks of GNU's, or before the data. */
  mapFollows?: 'blocks' | 'data';
}

const types: Record<string, EntryType> = {
  '\0': 'file',
  '0': 'file',
  '7': 'file', // contiguous, on systems that had such
  S: 'file',
  '1': 'link',
  '2': 'symlink',
  '3': 'character',
  '4': 'block',
  '5': 'directory',
  D: 'directory', // with a list of names, of GNU's incremental archives
  '6': 'fifo',
};

const mostOfId = 2 ** 32 - 2; // the last one means "unchanged" to chown(2)

function idOf(id: number, what: string): number {
  if (id < 0 || id > mostOfId) throw invalid(`its ${what} is ${id}`);
  return id;
}

/** Reads a header whose type is none of those that speak of the next entry. */
export function beginEntry(block: Buffer, before: Before): Begun {
  const letter = String.fromCharCode(block[156]!);
  const type = Object.hasOwn(types, letter) ? types[letter] : undefined;
  if (type === undefined) throw invalid(`it is of the unknown type ${JSON.stringify(letter)}`);
  const entry: Entry = {
    type,
    path: before.longName ?? nameOf(block),
    mode: numberAt(block, 100, 8, 'mode') & 0o7777,
    uid: numberAt(block, 108, 8, 'uid'),
    gid: numberAt(block, 116, 8, 'gid'),
    size: numberAt(block, 124, 12, 'size'),
    mtime: { seconds: numberAt(block, 136, 12, 'mtime'), nanoseconds: 0 },
  };
  if (type === 'link' || type === 'symlink') entry.target = before.longLink ?? Buffer.from(bytesAt(block, 157, 100));
  if (type === 'character' || type === 'block') {
    entry.major = numberAt(block, 329, 8, 'major number');
    entry.minor = numberAt(block, 337, 8, 'minor number');
  }
  const begun: Begun = { entry, stored: 0 };
  if (before.records.length > 0) applyRecords(entry, before.records);
  idOf(entry.uid, 'uid');
  idOf(entry.gid, 'gid');
  if (entry.size < 0) throw invalid('its size is negative');
  // BSD's tar had no type for directories, but a slash.
  if (letter === '\0' && entry.path.at(-1) === 0x2f) entry.type = 'directory';
  // GNU's directories may have a list of names as their data; links and devices have a size, and no data.
  if (type === 'file' || letter === 'D') begun.stored = entry.size;
  if (entry.type !== 'file') entry.size = 0;
  else if (letter === 'S') applyOldMap(block, begun);
  else if (before.records.length > 0) applyPaxMap(begun, before.records);
  checkNames(entry);
  return begun;
}

function nameOf(block: Buffer): Buffer {
  const name = Buffer.from(bytesAt(block, 0, 100));
  if (block[345] === 0 || formatOf(block) !== 'ustar') return name;
  // star's headers look like POSIX's, with times at the end of a shorter prefix.
  const length = block.toString('latin1', 508, 512) === 'tar\0' ? 131 : 155;
  return Buffer.concat([bytesAt(block, 345, length), Buffer.from('/'), name]);
}

const xattr = 'SCHILY.xattr.';

function applyRecords(entry: Entry, records: Records): void {
  for (const [key, value] of records) {
    if (key.startsWith(xattr)) {
      const name = Buffer.from(key.slice(xattr.length), 'latin1');
      if (name.length === 0 || name.includes(0)) throw invalid('an extended attribute has no name');
      entry.xattrs = (entry.xattrs ?? []).filter((other) => !other.name.equals(name));
      entry.xattrs.push({ name, value });
    } else if (value.length === 0) continue;
    else if (key === 'path') entry.path = value;
    else if (key === 'linkpath' && entry.target) entry.target = value;
    else if (key === 'size') entry.size = wholeNumber(value, key);
    else if (key === 'uid') entry.uid = wholeNumber(value, key);
    else if (key === 'gid') entry.gid = wholeNumber(value, key);
    else if (key === 'mtime') entry.mtime = parseTime(value, key);
    else if (key === 'atime') entry.atime = parseTime(value, key);
  }
}

function applyOldMap(block: Buffer, begun: Begun): void {
  const extents: Extent[] = [];
  oldExtents(block, 386, 4, extents);
  begun.entry.extents = extents;
  begun.entry.size = numberAt(block, 483, 12, 'real size');
  if (block[482] !== 0) begun.mapFollows = 'blocks';
}

function applyPaxMap(begun: Begun, records: Records): void {
  const sparse = paxSparse(records);
  if (!sparse) return;
  const { entry } = begun;
  if (sparse.name && sparse.name.length > 0) entry.path = sparse.name;
  if (sparse.size === undefined) throw invalid('its sparse map does not say how large the file is');
  entry.size = sparse.size;
  entry.extents = sparse.extents ?? [];
  if (!sparse.extents) begun.mapFollows = 'data';
}

const longestPath = 4096; // PATH_MAX

function checkNames({ path, target }: Entry): void {
  for (const [what, name] of [['name', path] as const, ['link', target] as const]) {
    if (!name) continue;
    if (name.includes(0)) throw invalid(`its ${what} has a NUL in it`);
    if (name.length >= longestPath)
      throw invalid(`its ${what} has ${name.length} bytes; Linux takes ${longestPath - 1}`);
  }
  if (target?.length === 0) throw invalid('it is a link that leads nowhere');
}
