/** A tree to unpack into, with a canary beside it, and a look at trees that tells everything. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Limits, Unpacked, Whiteouts } from '../../../src/layers/index.ts';
import { unpackHere } from '../../../src/layers/unpack-job.ts';
import { isDirectory, isLink, openRoot, type Rooted } from '../../../src/linux/rooted.ts';
import { S_IFBLK, S_IFCHR, S_IFMT, S_IFREG, O_RDONLY, umountFlags } from '../../../src/linux/constants.ts';
import { native } from '../../../src/linux/native.ts';

export interface Trees {
  /** Where archives go. */
  tree: string;
  /** Beside it; nothing may change there. */
  canary: string;
  folder: string;
}

export async function withTrees(body: (trees: Trees) => Promise<void>): Promise<void> {
  const folder = fs.mkdtempSync(join(tmpdir(), 'drydock-layers-'));
  const [tree, canary] = [join(folder, 'tree'), join(folder, 'canary')];
  try {
    fs.mkdirSync(tree);
    fs.mkdirSync(canary);
    fs.writeFileSync(join(canary, 'file'), 'untouched', { mode: 0o600 });
    await body({ tree, canary, folder });
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

/** EBUSY when something in it is still held open: then the test fails, and the mount goes all the same. */
export function unmount(target: string): void {
  try {
    native.umount2(target, 0);
  } catch (error) {
    native.umount2(target, umountFlags.MNT_DETACH);
    throw error;
  }
}

interface Wishes {
  whiteouts?: Whiteouts;
  userxattr?: boolean;
  limits?: Limits;
  walk?: boolean;
  /** Bytes in a piece: where entries are torn. */
  piece?: number;
}

/** unpack without its worker: one can force the walk, and say how the bytes come. */
export function unpackBytes(
  archive: Buffer,
  folder: string,
  { piece = archive.length, whiteouts = 'overlay', ...more }: Wishes = {},
): Promise<Unpacked> {
  const source = {
    read: 0,
    async *[Symbol.asyncIterator]() {
      for (let at = 0; at < archive.length; at += piece) {
        const chunk = archive.subarray(at, at + piece);
        this.read += chunk.length;
        yield await Promise.resolve(chunk);
      }
    },
  };
  return unpackHere({ folder, whiteouts, ...more }, source);
}

/** Every object below a folder by its path (Latin-1), with all that an archive can say of it. */
export function look(folder: string, { times = true } = {}): Record<string, string> {
  using root = openRoot(folder);
  const found: Record<string, string> = {};
  const names = new Map<bigint, string>();
  const visit = (path: Buffer): void => {
    const facts = root.lstat(path);
    const name = path.toString('latin1');
    const first = names.get(facts.inode);
    if (first === undefined && !isDirectory(facts.mode)) names.set(facts.inode, name);
    const attributes = root
      .listxattr(path)
      .map((key) => `${key.toString('latin1')}=${root.getxattr(path, key).toString('hex')}`);
    found[name] = [
      facts.mode.toString(8),
      `${facts.uid}:${facts.gid}`,
      ...(times ? [String(facts.mtime)] : []),
      ...(first === undefined ? [contents(root, path, facts.mode, facts.rdev)] : [`is ${first}`]),
      ...attributes.sort(),
    ].join(' ');
    if (!isDirectory(facts.mode)) return;
    const children = root.list(path).sort(Buffer.compare);
    for (const child of children) visit(Buffer.concat([path, Buffer.from('/'), child]));
  };
  visit(Buffer.from('.'));
  return found;
}

function contents(root: Rooted, path: Buffer, mode: number, rdev: bigint): string {
  if (isLink(mode)) return `-> ${root.readlink(path).toString('latin1')}`;
  const type = mode & S_IFMT;
  if (type === S_IFCHR || type === S_IFBLK) return `device ${rdev}`;
  if (type !== S_IFREG) return '';
  const fd = root.open(path, O_RDONLY);
  try {
    const { size, blocks } = fs.fstatSync(fd);
    const data = fs.readFileSync(fd);
    if (size < 4096) return JSON.stringify(data.toString('latin1'));
    const holes = blocks * 512 < size / 2 ? ' with holes' : '';
    return `${size} bytes${holes} ${createHash('sha256').update(data).digest('hex')}`;
  } finally {
    fs.closeSync(fd);
  }
}

export const sh = (script: string, cwd: string): string =>
  execFileSync('sh', ['-ec', script], { cwd, encoding: 'latin1', stdio: ['ignore', 'pipe', 'inherit'] });

/** Something of every kind: names and attributes that are no text, times to the nanosecond, holes, odd modes. */
export const everyKind = `
  mkdir -p t/d/deep t/empty; cd t
  printf hello > d/file; ln d/file d/deep/hard; ln -s ../file d/deep/soft; ln -s "$(printf 'x\\377')" d/odd
  printf x > "$(printf 'latin-\\351\\377')"; printf n > "$(printf 'new\\nline')"
  long=$(printf 'n%.0s' $(seq 200)); mkdir -p "$long/$long"; printf deep > "$long/$long/$long"; ln -s "$long$long" longlink
  mkfifo pipe; mknod null c 1 3; mknod disk b 259 70000; chmod 0666 null
  printf su > su; chown 1000:4294967294 su; chmod 6751 su; chmod 1777 empty; chmod 0500 d/deep; chown -h 7:8 d/odd
  setfattr -n user.text -v 'a=b' d/file; setfattr -n user.bytes -v 0x00ff0a3d d/file; setfattr -n trusted.own -v x d
  setfattr -n security.capability -v 0x0100000200040000000000000000000000000000 su
  truncate -s 300000 holes; printf data | dd of=holes bs=1 seek=100000 conv=notrunc status=none
  truncate -s 5000000 onlyhole; touch -d '2001-02-03 04:05:06.789012345 UTC' su d/odd -h; touch -d '1960-01-01 UTC' pipe
  touch -d '2001-01-01 00:00:00.5 UTC' d/deep d empty .`;
