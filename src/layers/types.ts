/**
 * The words of src/layers: what an entry of an archive is, and what is asked of unpack and pack.
 *
 * Names, link targets and attributes are bytes, because names in Linux are: nothing here is ever decoded. Numbers are
 * exact: a size is a safe integer or the archive is refused, a time is seconds and nanoseconds apart.
 */
import type { Readable } from 'node:stream';
import type { Whiteouts as InTrees } from '../snapshots/whiteouts.ts';

export type EntryType = 'file' | 'directory' | 'symlink' | 'link' | 'character' | 'block' | 'fifo';

export interface Time {
  /** Since 1970; negative before. */
  seconds: number;
  /** 0 to 999,999,999, added to the seconds. */
  nanoseconds: number;
}

/** Where data lies in a sparse file; everything else is holes. */
export interface Extent {
  offset: number;
  length: number;
}

export interface Entry {
  type: EntryType;
  /** As the archive has it: maybe `./a/b/`, `/a`, `../a`. unpack takes it for a path inside the folder. */
  path: Buffer;
  /** Of symlinks and (hard) links. */
  target?: Buffer;
  /** Permissions with setuid, setgid and sticky bit: 0o7777. */
  mode: number;
  uid: number;
  gid: number;
  /** Size of the file once it is unpacked. */
  size: number;
  mtime: Time;
  /** Only where a pax record has it. */
  atime?: Time;
  /** Device nodes. */
  major?: number;
  minor?: number;
  /** By full name, `security.capability`; names and values are bytes. */
  xattrs?: { name: Buffer; value: Buffer }[];
  /** Sparse files: extents in ascending order, whose lengths add up to the data in the archive. */
  extents?: Extent[];
}

/** An entry whose data has not been read yet. Data that nobody has read is skipped by the next entry. */
export interface ReadEntry extends Entry {
  /** Data of a file, as it lies in the archive: of sparse files the extents, one after the other. */
  data(): AsyncIterable<Buffer>;
}

/** Where a hostile archive stops. Each has a default in limits.ts. */
export interface Limits {
  /** Entries. */
  entries?: number;
  /** Bytes after decompression, padding at the end included. */
  bytes?: number;
  /** Bytes after decompression for each before, once there are more than 64 MiB. */
  ratio?: number;
  /** Bytes of the headers of one entry: pax records, long names, sparse maps. */
  header?: number;
}

/**
 * What becomes of `.wh.NAME` and `.wh..wh..opq`.
 *
 *     overlay   device nodes 0:0 and the attribute overlay.opaque, in a folder that is one layer alone
 *     aufs      the files as they are
 *     remove    what they name is removed: the folder holds a copy of the layers below
 *     none      they are ordinary names
 */
export type Whiteouts = InTrees | 'none';

/** A stream of bytes, or a file that the worker reads by itself: a blob costs no copies between threads so. */
export type Source = Readable | AsyncIterable<Uint8Array> | { file: string } | Growing;

/** A file that is still being written. */
export interface Growing {
  /** Open for as long as `unpack` is at work. */
  readonly fd: number;
  /** How many bytes of it are there, again and again; the last time it is all of them. What it throws, `unpack` throws. */
  readonly upTo: AsyncIterable<number>;
}

export interface UnpackRequest {
  /** Exists. Nothing outside of it is touched. */
  folder: string;
  whiteouts: Whiteouts;
  /** overlay: `user.overlay.*` in place of `trusted.overlay.*`, as the mount option of that name. */
  userxattr?: boolean;
  limits?: Limits;
  /** Bytes of the source that have been read. */
  onProgress?: (bytes: number) => void;
  signal?: AbortSignal;
}

export interface Unpacked {
  /** `sha256:<64 hex>` of the archive without its compression. */
  diffId: string;
  /** Bytes of the archive without its compression. */
  size: number;
  /**
   * What Docker calls the size of a layer: bytes of its files, with holes, and of hard links once; links, folders and
   * headers are for nothing (moby, pkg/archive, UnpackLayer).
   */
  filled: number;
  entries: number;
  /** What the file system could not take, and would be missing: attributes that it does not know. */
  warnings: string[];
}

export interface PackRequest {
  /** The tree, or the upper directory of an overlay. */
  upper: string;
  /** The tree below it. Absent: everything in `upper` is new. */
  lower?: string;
  /**
   * How `upper` says that something is gone: as overlay, as aufs, or not at all, and the two trees are compared
   * ('remove').
   */
  whiteouts: Whiteouts;
  userxattr?: boolean;
  /** Write holes as pax sparse files. The OCI spec advises against it: not all readers know them. */
  sparse?: boolean;
}
