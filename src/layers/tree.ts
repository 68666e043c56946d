/**
 * What an archive says of an object, read from a tree: the way back of unpack. Only through Rooted, because a
 * container may have made the tree, and may be changing it.
 */
import { closeSync, read as readFd } from 'node:fs';
import { promisify } from 'node:util';
import {
  O_NOFOLLOW,
  O_NONBLOCK,
  O_RDONLY,
  S_IFBLK,
  S_IFCHR,
  S_IFDIR,
  S_IFIFO,
  S_IFLNK,
  S_IFMT,
  S_IFREG,
} from '../linux/constants.ts';
import { isSyscallError } from '../linux/calls.ts';
import { EOPNOTSUPP } from '../linux/errno.ts';
import type { FileFacts } from '../linux/native.ts';
import type { Rooted } from '../linux/rooted.ts';
import type { Entry, EntryType, Time } from './types.ts';
import type { WrittenEntry } from './tar/write.ts';

const types = new Map<number, EntryType>([
  [S_IFREG, 'file'],
  [S_IFDIR, 'directory'],
  [S_IFLNK, 'symlink'],
  [S_IFCHR, 'character'],
  [S_IFBLK, 'block'],
  [S_IFIFO, 'fifo'],
]);

/** One object of a tree, and what it looked like. */
export interface Seen {
  facts: FileFacts;
  /** Without trailing slash; `.` is the root. */
  path: Buffer;
  entry: Entry;
  /** Attributes that are overlay's own, by their last word: `opaque`, `redirect`, `metacopy`. */
  overlay: Map<string, Buffer>;
}

const pieceSize = 256 * 1024;
const readAt = promisify(readFd);

function timeOf(nanoseconds: bigint): Time {
  const rest = ((nanoseconds % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n;
  return { seconds: Number((nanoseconds - rest) / 1_000_000_000n), nanoseconds: Number(rest) };
}

/** makedev(3) backwards. */
const majorOf = (rdev: bigint): number => Number(((rdev >> 8n) & 0xfffn) | ((rdev >> 32n) & 0xfffff000n));
const minorOf = (rdev: bigint): number => Number((rdev & 0xffn) | ((rdev >> 12n) & 0xffffff00n));

/** undefined: a socket, which no archive has. `namespace` is where overlay keeps its attributes, trusted or user. */
export function see(root: Rooted, path: Buffer, namespace: 'trusted' | 'user'): Seen | undefined {
  const facts = root.lstat(path);
  const type = types.get(facts.mode & S_IFMT);
  if (type === undefined) return undefined;
  const entry: Entry = {
    type,
    path: type === 'directory' ? Buffer.concat([path, Buffer.from('/')]) : path,
    mode: type === 'symlink' ? 0o777 : facts.mode & 0o7777,
    uid: facts.uid,
    gid: facts.gid,
    size: type === 'file' ? facts.size : 0,
    mtime: timeOf(facts.mtime),
  };
  if (type === 'symlink') entry.target = root.readlink(path);
  if (type === 'character' || type === 'block')
    Object.assign(entry, { major: majorOf(facts.rdev), minor: minorOf(facts.rdev) });
  const overlay = new Map<string, Buffer>();
  const xattrs = attributesOf(root, path).flatMap((name) => {
    const [start, second, ...rest] = name.toString('latin1').split('.');
    const isOverlay = second === 'overlay' && (start === 'trusted' || start === 'user');
    if (isOverlay && start === namespace) overlay.set(rest.join('.'), root.getxattr(path, name));
    // Labels are of this host, and what overlay keeps is of this mount.
    return isOverlay || name.equals(Buffer.from('security.selinux'))
      ? []
      : [{ name, value: root.getxattr(path, name) }];
  });
  if (xattrs.length > 0) entry.xattrs = xattrs.sort((a, b) => Buffer.compare(a.name, b.name));
  return { facts, path, entry, overlay };
}

/** None where the file system has no such thing, as those of the kernel's own (mqueue, procfs). */
function attributesOf(root: Rooted, path: Buffer): Buffer[] {
  try {
    return root.listxattr(path);
  } catch (error) {
    if (isSyscallError(error, EOPNOTSUPP)) return [];
    throw error;
  }
}

/** Whether two trees have the same at a path, as far as can be told without reading the data. */
export function isSame(a: Seen, b: Seen): boolean {
  const { entry: one, facts } = a;
  const { entry: other } = b;
  return (
    one.type === other.type &&
    one.mode === other.mode &&
    one.uid === other.uid &&
    one.gid === other.gid &&
    one.size === other.size &&
    facts.mtime === b.facts.mtime &&
    facts.rdev === b.facts.rdev &&
    (one.target ?? none).equals(other.target ?? none) &&
    one.xattrs?.length === other.xattrs?.length &&
    (one.xattrs ?? []).every(({ name, value }, i) => {
      const there = other.xattrs![i]!;
      return name.equals(there.name) && value.equals(there.value);
    })
  );
}

const none = Buffer.alloc(0);

/** The entry with its data. `sparse`: without its holes, if it has any. */
export function withData(root: Rooted, { path, entry }: Seen, sparse = false): WrittenEntry {
  if (entry.type !== 'file' || entry.size === 0) return entry;
  if (!sparse) return { ...entry, data: dataOf(root, path, [{ offset: 0, length: entry.size }]) };
  const extents = root.extents(path);
  const isWhole = extents.length === 1 && extents[0]!.length === entry.size;
  const data = dataOf(root, path, extents);
  return isWhole ? { ...entry, data } : { ...entry, extents, data };
}

/** O_NONBLOCK: what was a file a moment ago may be a fifo now. */
const flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK;

async function* dataOf(
  root: Rooted,
  path: Buffer,
  extents: readonly { offset: number; length: number }[],
): AsyncGenerator<Buffer> {
  const fd = root.open(path, flags);
  try {
    for (const { offset, length } of extents) {
      for (let done = 0; done < length;) {
        const piece = Buffer.allocUnsafe(Math.min(pieceSize, length - done));
        const { bytesRead } = await readAt(fd, piece, 0, piece.length, offset + done);
        if (bytesRead === 0) return; // it was cut meanwhile: writeTar says so
        yield piece.subarray(0, bytesRead);
        done += bytesRead;
      }
    }
  } finally {
    closeSync(fd);
  }
}
