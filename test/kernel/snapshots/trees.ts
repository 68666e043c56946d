/**
 * Trees for the tests of snapshots: one with everything that a file system can hold, and a look at all that there is of one.
 */
import { createHash } from 'node:crypto';
import { closeSync, openSync, readFileSync, readlinkSync, statSync, writeFileSync, writeSync } from 'node:fs';
import {
  O_CLOEXEC,
  O_NOFOLLOW,
  O_PATH,
  S_IFBLK,
  S_IFCHR,
  S_IFIFO,
  S_IFLNK,
  S_IFMT,
  S_IFREG,
} from '../../../src/linux/constants.ts';
import { native } from '../../../src/linux/native.ts';
import { isDirectory, openRoot } from '../../../src/linux/rooted.ts';

/** cap_net_raw+ep, as `setcap` writes it (linux/capability.h, struct vfs_cap_data of revision 2). */
const CAPABILITY = Buffer.from('0100000200200000000000000000000000000000', 'hex');
export const NOT_UTF8 = Buffer.from([0x66, 0xff, 0xfe, 0x0a, 0x20]);

const HOLE = 8 * 1024 * 1024;

/** Files of every kind. */
export function fill(folder: string): void {
  using tree = openRoot(folder);
  const file = (path: string | Buffer, text: string, mode = 0o644): void => {
    const fd = tree.createFile(path, mode);
    writeSync(fd, text);
    closeSync(fd);
    tree.chmod(path, mode);
  };
  tree.mkdir('dir', 0o755);
  tree.mkdir('dir/closed', 0o700);
  file('dir/plain', 'plain\n');
  file('dir/setuid', 'setuid\n');
  tree.lchown('dir/setuid', 1000, 1001);
  tree.chmod('dir/setuid', 0o6755);
  file('dir/capable', 'capable\n', 0o755);
  tree.setxattr('dir/capable', 'security.capability', CAPABILITY);
  tree.setxattr('dir/plain', 'user.note', Buffer.from([0, 1, 2, 255]));
  tree.setxattr('dir/closed', 'trusted.note', Buffer.from('for root'));
  tree.link('dir/plain', 'second name');
  tree.symlink('/nowhere/at all', 'symlink');
  tree.lchown('symlink', 7, 8);
  file(NOT_UTF8, 'bytes\n');
  file('sparse', '');
  tree.mknod('null', S_IFCHR | 0o666, 0x103n);
  tree.mknod('disk', S_IFBLK | 0o600, 0x700n);
  tree.mknod('fifo', S_IFIFO | 0o640);
  tree.mkdir('sticky');
  tree.chmod('sticky', 0o1777);
  writeHole(`${folder}/sparse`);
  tree.utimes('dir/plain', { mtime: 1_000_000_000_123_456_789n, atime: 1_000_000_001_000_000_001n });
  tree.utimes('symlink', { mtime: -5_000_000_001n });
  tree.utimes('dir', { mtime: 981_173_106_000_000_007n });
}

function writeHole(path: string): void {
  const fd = openSync(path, 'r+');
  writeSync(fd, 'before', 0);
  writeSync(fd, 'after', HOLE);
  closeSync(fd);
}

/** One line for each file: all that could be lost. Owner, mode, links, time, device, attributes, content, holes. */
export function facts(folder: string): Map<string, string> {
  const found = new Map<string, string>();
  using tree = openRoot(folder);
  const visit = (path: Buffer): void => {
    found.set(path.toString('latin1'), describeFile(tree.fd, folder, path));
    if (isDirectory(tree.lstat(path.length > 0 ? path : '.').mode))
      for (const name of tree.list(path.length > 0 ? path : '.').sort(Buffer.compare))
        visit(path.length > 0 ? Buffer.concat([path, Buffer.from('/'), name]) : name);
  };
  for (const name of tree.list('.').sort(Buffer.compare)) visit(name);
  return found;
}

function describeFile(root: number, folder: string, path: Buffer): string {
  const fd = native.rootedOpen(root, path, O_PATH | O_NOFOLLOW | O_CLOEXEC, 0);
  try {
    const { mode, uid, gid, size, links, rdev, mtime, blocks } = native.statAt(fd, Buffer.alloc(0));
    const full = Buffer.concat([Buffer.from(`${folder}/`), path]);
    const type = mode & S_IFMT;
    const content = type === S_IFREG ? createHash('sha256').update(readFileSync(full)).digest('hex').slice(0, 12) : '';
    const target = type === S_IFLNK ? readlinkSync(full) : '';
    const isFolder = isDirectory(mode);
    const holes = type === S_IFREG && size > HOLE ? (blocks * 512 < HOLE ? 'has a hole' : 'is full') : '';
    const attributes = native
      .listxattr(fd)
      .map((name) => `${name.toString()}=${native.getxattr(fd, name).toString('hex')}`)
      .filter((line) => !/^(trusted|user)\.overlay\.|^security\.selinux/.test(line))
      .sort();
    const numbers = [mode.toString(8), uid, gid, isFolder ? '' : size, isFolder ? '' : links, rdev, mtime];
    return [...numbers, content, target, holes, ...attributes].join(' ');
  } finally {
    closeSync(fd);
  }
}

/** Which file it is: two names with the same answer are one file. */
export const identity = (path: string): string => {
  const { dev, ino } = statSync(path, { bigint: true });
  return `${dev}:${ino}`;
};

export const write = (path: string, text: string): void => writeFileSync(path, text);
