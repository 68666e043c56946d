/**
 * Everything that is done inside a tree that is not trusted: an image's root file system while it is unpacked, a
 * volume, a build context, the mount points of a container.
 *
 * Who made the tree may have put links into it that lead out of it, and may change it while we work. node:fs resolves
 * paths by itself and so can be led anywhere (CVE-2014-9357, CVE-2018-15664, CVE-2021-30465). Here a path is resolved
 * once, as if the tree were the whole machine, to a descriptor; what is done then is done to that descriptor,
 * or to one name in a directory that is held open.
 *
 * Names are bytes: what comes out is a Buffer, and a Buffer may be put in. A path that leads out is not an
 * error but a path inside (`/../etc` is `/etc` of the tree), as it would be in the container. openat2(2), addon/common/rooted.h.
 */
import { closeSync, openSync } from 'node:fs';
import { DrydockError } from '../errors.ts';
import { isSyscallError } from './calls.ts';
import {
  AT_REMOVEDIR,
  O_CLOEXEC,
  O_DIRECTORY,
  O_NOFOLLOW,
  O_NONBLOCK,
  O_PATH,
  O_RDONLY,
  RENAME_NOREPLACE,
  S_IFDIR,
  S_IFLNK,
  S_IFMT,
} from './constants.ts';
import { EAGAIN, ELOOP, ENOENT } from './errno.ts';
import { native, type FileFacts, type Path } from './native.ts';

export interface Times {
  /** Nanoseconds since 1970; absent: unchanged. */
  atime?: bigint;
  mtime?: bigint;
}

export interface RootedOptions {
  /** Use the checked walk where the kernel has openat2 too. For tests. */
  walk?: boolean;
}

const slash = 0x2f;
const here = Buffer.alloc(0);

/** Cuts `a/b/c//` into `a/b` and `c`. The name may be `.`, `..` or empty; calls that act on a name refuse those. */
export function splitPath(path: Path): { folder: Buffer; name: Buffer } {
  const bytes = Buffer.isBuffer(path) ? path : Buffer.from(path);
  let end = bytes.length;
  while (end > 0 && bytes[end - 1] === slash) end--;
  const cut = bytes.subarray(0, end).lastIndexOf(slash);
  if (cut < 0) return { folder: Buffer.from('.'), name: bytes.subarray(0, end) };
  return { folder: cut === 0 ? Buffer.from('/') : bytes.subarray(0, cut), name: bytes.subarray(cut + 1, end) };
}

/** A call that was led into a magic link, or raced without end, says so in words of its own. */
function guarded<T>(path: Path, body: () => T): T {
  try {
    return body();
  } catch (error) {
    if (!isSyscallError(error, ELOOP, EAGAIN)) throw error;
    const why =
      error.errno === ELOOP ? 'it leads through links that may not be followed' : 'it changes while it is resolved';
    throw new DrydockError('UNSAFE_PATH', `${path.toString()}: ${why}`, {
      call: error.call,
      args: error.args,
      errno: error.errno,
      cause: error,
    });
  }
}

/** A tree, held by a descriptor of its root. Close it. */
export class Rooted {
  constructor(
    /** O_PATH descriptor of the root. */
    readonly fd: number,
    private readonly options: RootedOptions = {},
  ) {}

  close(): void {
    closeSync(this.fd);
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /**
   * open(2) inside the tree: a descriptor, the caller's to close. `flags` as in constants.ts, `mode` for O_CREAT.
   * Throws SYSCALL, or UNSAFE_PATH for magic links and endless races.
   */
  open(path: Path, flags: number, mode = 0o666): number {
    return guarded(path, () => native.rootedOpen(this.fd, path, flags, mode, this.options.walk));
  }

  /**
   * `mkdir -p`: an O_PATH descriptor of the last directory. What a link leads to is made, too, inside the tree. `mode` is
   * subject to the umask.
   */
  mkdirs(path: Path, mode = 0o755): number {
    return guarded(path, () => native.rootedMkdirs(this.fd, path, mode, this.options.walk));
  }

  /** A new regular file, open for reading and writing. EEXIST for whatever is there, a link too. */
  createFile(path: Path, mode = 0o644): number {
    return guarded(path, () => native.rootedCreateFile(this.fd, path, mode, this.options.walk));
  }

  /** Runs `body` with an O_PATH descriptor of what the path leads to; links are followed unless `nofollow`. */
  with<T>(path: Path, body: (fd: number) => T, { nofollow = false } = {}): T {
    const fd = this.open(path, O_PATH | O_CLOEXEC | (nofollow ? O_NOFOLLOW : 0));
    try {
      return body(fd);
    } finally {
      closeSync(fd);
    }
  }

  /** Runs `body` with the directory in which the last name of the path stands, and that name. */
  private at<T>(path: Path, body: (dirfd: number, name: Buffer) => T): T {
    const { folder, name } = splitPath(path);
    if (name.length === 0 || name.equals(Buffer.from('.')) || name.equals(Buffer.from('..'))) {
      throw new DrydockError('UNSAFE_PATH', `${path.toString()}: its last part is no name`);
    }
    const dirfd = this.open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
    try {
      return body(dirfd, name);
    } finally {
      closeSync(dirfd);
    }
  }

  /** What a link holds, unresolved. EINVAL when it is none. */
  readlink(path: Path): Buffer {
    return this.at(path, (dirfd, name) => native.readlinkAt(dirfd, name));
  }

  /** The text of the link is stored as it is: it is resolved in the container, and by us only through this class. */
  symlink(target: Path, path: Path): void {
    this.at(path, (dirfd, name) => native.symlinkAt(target, dirfd, name));
  }

  /** Makes `path` a second name of `existing`, which is not followed if it is a link. */
  link(existing: Path, path: Path): void {
    this.at(existing, (fromFd, from) => this.at(path, (toFd, to) => native.linkAt(fromFd, from, toFd, to)));
  }

  rename(from: Path, to: Path, flags = 0): void {
    this.at(from, (fromFd, old) => this.at(to, (toFd, fresh) => native.renameAt(fromFd, old, toFd, fresh, flags)));
  }

  mkdir(path: Path, mode = 0o755): void {
    this.at(path, (dirfd, name) => native.mkdirAt(dirfd, name, mode));
  }

  /** `mode` has the type too: S_IFCHR | 0o666. `device` from makedev. */
  mknod(path: Path, mode: number, device = 0n): void {
    this.at(path, (dirfd, name) => native.mknodAt(dirfd, name, mode, device));
  }

  lchown(path: Path, uid: number, gid: number): void {
    this.with(path, (fd) => native.chownAt(fd, here, uid, gid), { nofollow: true });
  }

  /** EOPNOTSUPP for a link, which has no permissions. */
  chmod(path: Path, mode: number): void {
    this.with(path, (fd) => native.chmodFd(fd, mode), { nofollow: true });
  }

  utimes(path: Path, { atime, mtime }: Times): void {
    this.at(path, (dirfd, name) => native.utimesAt(dirfd, name, atime, mtime));
  }

  /** A link itself, not what it leads to. */
  lstat(path: Path): FileFacts {
    return this.with(path, (fd) => native.statAt(fd, here), { nofollow: true });
  }

  /** What the path leads to, inside the tree. */
  stat(path: Path): FileFacts {
    return this.with(path, (fd) => native.statAt(fd, here));
  }

  /** Names, in the order of the file system, without `.` and `..`. */
  list(path: Path): Buffer[] {
    return this.with(path, (fd) => native.listAt(fd));
  }

  /** Where data lies in a regular file; the rest is holes. */
  extents(path: Path): { offset: number; length: number }[] {
    const fd = this.open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    try {
      const numbers = native.dataExtents(fd);
      return Array.from({ length: numbers.length / 2 }, (_, i) => ({
        offset: numbers[2 * i]!,
        length: numbers[2 * i + 1]!,
      }));
    } finally {
      closeSync(fd);
    }
  }

  /** Extended attributes of the object itself, a link too. */
  listxattr(path: Path): Buffer[] {
    return this.with(path, (fd) => native.listxattr(fd), { nofollow: true });
  }

  getxattr(path: Path, name: Path): Buffer {
    return this.with(path, (fd) => native.getxattr(fd, name), { nofollow: true });
  }

  setxattr(path: Path, name: Path, value: Buffer, flags = 0): void {
    this.with(path, (fd) => native.setxattr(fd, name, value, flags), { nofollow: true });
  }

  removexattr(path: Path, name: Path): void {
    this.with(path, (fd) => native.removexattr(fd, name), { nofollow: true });
  }

  /** `rm -rf`: nothing is followed, and what is not there is no error. EBUSY at a mount point, whose contents stay. */
  remove(path: Path): void {
    unlessGone(() => this.at(path, removeTree));
  }
}

/** Somebody else may remove the same tree. */
function unlessGone(body: () => void): void {
  try {
    body();
  } catch (error) {
    if (!isSyscallError(error, ENOENT)) throw error;
  }
}

/** Each level holds one descriptor. */
const mostLevels = 200;

/**
 * Names come from a directory that is open, never from a path. What lies deeper than descriptors allow is first moved
 * up beside the top: a tree can be nested deeper than any path is long.
 */
function removeTree(dirfd: number, top: Buffer): void {
  const device = native.statAt(dirfd, top).device;
  const waiting = [top];
  let moved = 0;
  const removeAt = (parent: number, name: Buffer, level: number): void => {
    if (!isDirectory(native.statAt(parent, name).mode)) return native.unlinkAt(parent, name, 0);
    if (level > mostLevels) {
      const aside = Buffer.from(`.drydock-removed-${process.pid}-${moved++}`);
      native.renameAt(parent, name, dirfd, aside, RENAME_NOREPLACE);
      waiting.push(aside);
      return;
    }
    const fd = native.openAt(parent, name, O_PATH | O_DIRECTORY);
    try {
      // A mount inside the tree is somebody's; unlinkat will answer EBUSY.
      const children = native.statAt(fd, here).device === device ? native.listAt(fd) : [];
      for (const child of children) unlessGone(() => removeAt(fd, child, level + 1));
    } finally {
      closeSync(fd);
    }
    native.unlinkAt(parent, name, AT_REMOVEDIR);
  };
  for (const name of waiting) unlessGone(() => removeAt(dirfd, name, 0));
}

/** Opens a tree by the path of its root, which is trusted: it is resolved as usual. */
export function openRoot(folder: Path, options?: RootedOptions): Rooted {
  return new Rooted(openSync(folder, O_PATH | O_DIRECTORY | O_CLOEXEC), options);
}

/** What an st_mode means. */
export const isLink = (mode: number): boolean => (mode & S_IFMT) === S_IFLNK;
export const isDirectory = (mode: number): boolean => (mode & S_IFMT) === S_IFDIR;
