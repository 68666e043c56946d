/**
 * Making many objects of a tree that is not trusted, with few crossings into native code.
 *
 * Rooted does one thing at a time: a crossing, a resolved path and a descriptor for each. An archive has 20,000 files.
 * So what it asks for is written into a buffer (drawn in addon/binding/unpack_records.h), and the native side does it in
 * one go, with the directories held open between entries, and the bytes of files written from where they lie.
 *
 *     const unpacking = new Unpacking(rootFd, { whiteouts: 'overlay' });
 *     unpacking.begin(object); unpacking.data(0, from, to); unpacking.end(size);      // many times
 *     unpacking.flush(piece);                         // now it happens; `from` and `to` point into piece
 *     unpacking.finish();                             // times of directories are right from here on
 *
 * Not thread-safe, and synchronous: it belongs into a worker. unpacker.h says in what order an object gets what it has,
 * and how it stays inside.
 */
import { syscallError } from './calls.ts';
import { explain } from './errno.ts';
import { native, type UnpackFailure } from './native.ts';

export interface NewObject {
  type: 'file' | 'directory' | 'symlink' | 'link' | 'character' | 'block' | 'fifo';
  path: Buffer;
  target?: Buffer;
  mode: number;
  uid: number;
  gid: number;
  mtime: { seconds: number; nanoseconds: number };
  atime?: { seconds: number; nanoseconds: number };
  major?: number;
  minor?: number;
  xattrs?: { name: Buffer; value: Buffer }[];
}

export interface UnpackingOptions {
  whiteouts: 'overlay' | 'aufs' | 'remove' | 'none';
  userxattr?: boolean;
  /** Use the checked walk where the kernel has openat2 too. For tests. */
  walk?: boolean;
}

/** In the order of the enums in unpack_records.h and unpacker.h. */
const kinds = { file: 1, directory: 2, symlink: 3, link: 4, character: 5, block: 6, fifo: 7 } as const;
const [dataKind, endKind] = [8, 9];
const whiteoutKinds = ['overlay', 'aufs', 'remove', 'none'] as const;

const [objectSize, dataSize, endSize] = [64, 24, 16];
const none = Buffer.alloc(0);

export class Unpacking {
  private readonly handle: unknown;
  private records = Buffer.alloc(256 * 1024);
  private length = 0;
  /** Which object each record speaks of, for the message if it fails. */
  private speaksOf: NewObject[] = [];
  private current?: NewObject;

  constructor(rootFd: number, { whiteouts, userxattr = false, walk = false }: UnpackingOptions) {
    this.handle = native.unpackOpen(rootFd, whiteoutKinds.indexOf(whiteouts), userxattr, walk);
  }

  /** Lets go of the tree, which could not be unmounted otherwise. */
  close(): void {
    native.unpackClose(this.handle);
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** A file needs an `end`; others are whole with this. */
  begin(object: NewObject): void {
    const { path, target = none, xattrs = [], mtime, atime } = object;
    const attributes = xattrs.reduce((sum, { name, value }) => sum + 6 + name.length + value.length, 0);
    const at = this.room(object, kinds[object.type], objectSize + path.length + target.length + attributes);
    const { records } = this;
    records[at + 5] = atime ? 1 : 0;
    records.writeUInt16LE(path.length, at + 6);
    records.writeUInt32LE(object.mode, at + 8);
    records.writeUInt32LE(object.uid, at + 12);
    records.writeUInt32LE(object.gid, at + 16);
    records.writeUInt32LE(object.major ?? 0, at + 20);
    records.writeUInt32LE(object.minor ?? 0, at + 24);
    records.writeUInt32LE(target.length, at + 28); // two bytes of it are unused
    records.writeUInt32LE(attributes, at + 32);
    records.writeUInt32LE(mtime.nanoseconds, at + 36);
    records.writeDoubleLE(mtime.seconds, at + 40);
    records.writeUInt32LE(atime?.nanoseconds ?? 0, at + 48);
    records.writeDoubleLE(atime?.seconds ?? 0, at + 56);
    path.copy(records, at + objectSize);
    target.copy(records, at + objectSize + path.length);
    let end = at + objectSize + path.length + target.length;
    for (const { name, value } of xattrs) {
      records.writeUInt16LE(name.length, end);
      records.writeUInt32LE(value.length, end + 2);
      name.copy(records, end + 6);
      value.copy(records, end + 6 + name.length);
      end += 6 + name.length + value.length;
    }
    this.current = object;
  }

  /** Bytes from..to of the piece that `flush` will be given go to this position of the current file. */
  data(position: number, from: number, to: number): void {
    const at = this.room(this.current!, dataKind, dataSize);
    this.records.writeDoubleLE(position, at + 8);
    this.records.writeUInt32LE(from, at + 16);
    this.records.writeUInt32LE(to - from, at + 20);
  }

  /** The current file is whole, and has this size: a hole follows its last data if it is larger. */
  end(size: number): void {
    const at = this.room(this.current!, endKind, endSize);
    this.records.writeDoubleLE(size, at + 8);
  }

  /** Does what was written down. Throws SYSCALL, with the path of the object as its argument. */
  flush(piece: Buffer): void {
    if (this.length === 0) return;
    const failure = native.unpackApply(this.handle, this.records.subarray(0, this.length), piece);
    const objects = this.speaksOf;
    this.length = 0;
    this.speaksOf = [];
    if (failure) throw refusal(failure, objects[failure.record]);
  }

  /** Gives directories their times back. What the file system did not take, in words. */
  finish(): string[] {
    this.flush(none);
    const failure = native.unpackFinish(this.handle);
    if (failure) throw refusal(failure);
    return native
      .unpackWarnings(this.handle)
      .map(({ path, attribute, errno }) =>
        errno === 0
          ? `${path.toString()}: ${attribute.toString()} was left out: an archive may not set it`
          : `${path.toString()}: ${attribute.toString()} was left out. ${explain(errno, 'setxattr')}`,
      );
  }

  /** Begins a record, and answers where. */
  private room(object: NewObject, kind: number, size: number): number {
    const at = this.length;
    if (at + size > this.records.length) {
      const larger = Buffer.alloc(Math.max(this.records.length * 2, at + size));
      this.records.copy(larger, 0, 0, at);
      this.records = larger;
    }
    this.records.writeUInt32LE(size, at);
    this.records[at + 4] = kind;
    this.speaksOf.push(object);
    this.length += size;
    return at;
  }
}

function refusal({ call, errno }: UnpackFailure, object?: NewObject): Error {
  return syscallError(call, object ? [object.path] : [], errno);
}
