/**
 * Subvolumes of btrfs: trees inside the file system that can be copied in one moment, whatever their size. The two copies
 * share everything, and a block is written anew when one of them changes it. ioctl(2), btrfs-subvolume(8), linux/btrfs.h.
 */
import { closeSync, openSync } from 'node:fs';
import { isSyscallError } from './calls.ts';
import { O_CLOEXEC, O_DIRECTORY, O_NOFOLLOW, O_RDONLY } from './constants.ts';
import { ENOTEMPTY } from './errno.ts';
import { native, type Path } from './native.ts';
import { isDirectory } from './rooted.ts';

const SUBVOL_CREATE = 0x5000940e;
const SNAP_DESTROY = 0x5000940f;
const SNAP_CREATE_V2 = 0x50009417;
const SUBVOL_SETFLAGS = 0x4008941a;
const SUBVOL_RDONLY = 2n;

/** The inode of the root of every subvolume. */
const ROOT_INODE = 256n;

/** ioctl(2) wants a descriptor of the directory itself; O_PATH will not do. */
function opened<T>(dirfd: number, name: Path, body: (fd: number) => T): T {
  const fd = native.openAt(dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  try {
    return body(fd);
  } finally {
    closeSync(fd);
  }
}

function openedPath<T>(folder: string, body: (fd: number) => T): T {
  const fd = openSync(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  try {
    return body(fd);
  } finally {
    closeSync(fd);
  }
}

/** struct btrfs_ioctl_vol_args: an unused descriptor, a name. */
function named(name: Path): Buffer {
  const struct = Buffer.alloc(4096);
  Buffer.from(name as string).copy(struct, 8);
  return struct;
}

/** A new, empty subvolume. */
export function createSubvolume(folder: string, name: string): void {
  openedPath(folder, (fd) => native.ioctl(fd, SUBVOL_CREATE, named(name)));
}

/** A copy of a subvolume, writable. Subvolumes inside it are empty directories in the copy. */
export function snapshotSubvolume(source: string, folder: string, name: string): void {
  openedPath(source, (from) =>
    openedPath(folder, (fd) => {
      // struct btrfs_ioctl_vol_args_v2: source, transaction, flags, four unused, name.
      const struct = Buffer.alloc(4096);
      struct.writeBigInt64LE(BigInt(from), 0);
      struct.write(name, 56);
      native.ioctl(fd, SNAP_CREATE_V2, struct);
    }),
  );
}

export function setReadOnly(subvolume: string, readOnly: boolean): void {
  openedPath(subvolume, (fd) => setFlags(fd, readOnly));
}

function setFlags(fd: number, readOnly: boolean): void {
  const flags = Buffer.alloc(8);
  flags.writeBigUInt64LE(readOnly ? SUBVOL_RDONLY : 0n);
  native.ioctl(fd, SUBVOL_SETFLAGS, flags);
}

/** Removes a subvolume with all that is in it, also with the subvolumes that a container may have made there. */
export function destroySubvolume(folder: string, name: string): void {
  openedPath(folder, (fd) => destroyAt(fd, Buffer.from(name)));
}

function destroyAt(dirfd: number, name: Buffer): void {
  const destroy = (): unknown => native.ioctl(dirfd, SNAP_DESTROY, named(name));
  try {
    destroy();
  } catch (error) {
    if (!isSyscallError(error, ENOTEMPTY)) throw error; // There are others inside: one that has some stays.
    opened(dirfd, name, (fd) => {
      setFlags(fd, false);
      destroyInside(fd);
    });
    destroy();
  }
}

function destroyInside(fd: number): void {
  for (const name of native.listAt(fd)) {
    const { mode, inode } = native.statAt(fd, name);
    if (!isDirectory(mode)) continue;
    if (inode === ROOT_INODE) destroyAt(fd, name);
    else opened(fd, name, destroyInside);
  }
}
