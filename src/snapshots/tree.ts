/**
 * The tree of a snapshot as a whole: copied, looked at, measured. Names are bytes; nothing in it is followed.
 */
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { O_CLOEXEC, O_DIRECTORY, O_NOFOLLOW, O_PATH } from '../linux/constants.ts';
import { ENODATA, EOPNOTSUPP } from '../linux/errno.ts';
import { isSyscallError } from '../linux/calls.ts';
import { native, type FileFacts } from '../linux/native.ts';
import { isDirectory } from '../linux/rooted.ts';
import type { Usage } from './snapshotter.ts';

export const itself = Buffer.alloc(0);
const FOLDER = O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;

/** Runs `body` with a descriptor of a folder whose path is ours. */
export function within<T>(folder: string, body: (fd: number) => T): T {
  const fd = openSync(folder, FOLDER);
  try {
    return body(fd);
  } finally {
    closeSync(fd);
  }
}

/** Runs `body` with a folder that is a name in one that is open. */
export function inside<T>(dirfd: number, name: Buffer, body: (fd: number) => T): T {
  const fd = native.openAt(dirfd, name, FOLDER);
  try {
    return body(fd);
  } finally {
    closeSync(fd);
  }
}

/** Makes `to` a copy of `from`: exact, and with nothing shared that a write into one could change in the other. */
export async function copyTree(from: string, to: string): Promise<void> {
  mkdirSync(to, { mode: 0o700 });
  await within(from, (source) => within(to, (target) => native.copyTree(source, target)));
}

/** The root directory of a tree gets owner, mode and times of another's: a stack shows those of the topmost. */
export function copyRootFacts(from: string, to: string): void {
  const { uid, gid, mode, atime, mtime } = within(from, (fd) => native.statAt(fd, itself));
  within(dirname(to), (fd) => {
    const name = basename(to);
    native.chownAt(fd, name, uid, gid);
    inside(fd, Buffer.from(name), (folder) => native.chmodFd(folder, mode & 0o7777));
    native.utimesAt(fd, name, atime, mtime);
  });
}

/** What an attribute holds; undefined when there is none. `fd` may be O_PATH. */
export function attribute(fd: number, name: string): Buffer | undefined {
  try {
    return native.getxattr(fd, name);
  } catch (error) {
    if (isSyscallError(error, ENODATA, EOPNOTSUPP)) return undefined;
    throw error;
  }
}

/** Counts each file once, however many names it has. */
export class Tally {
  private size = 0;
  private inodes = 0;
  private readonly seen = new Set<string>();

  add({ mode, links, device, inode, blocks }: FileFacts): void {
    if (links > 1 && !isDirectory(mode)) {
      const identity = `${device}:${inode}`;
      if (this.seen.has(identity)) return;
      this.seen.add(identity);
    }
    this.inodes++;
    this.size += blocks * 512;
  }

  get usage(): Usage {
    return { size: this.size, inodes: this.inodes };
  }
}

/** What a tree takes on the disk, its root directory included. */
export function measure(folder: string): Usage {
  const tally = new Tally();
  const visit = (fd: number): void => {
    tally.add(native.statAt(fd, itself));
    for (const name of native.listAt(fd)) {
      const facts = native.statAt(fd, name);
      if (isDirectory(facts.mode)) inside(fd, name, visit);
      else tally.add(facts);
    }
  };
  within(folder, visit);
  return tally.usage;
}
