/** Copies of whole trees, and mounts whose options begin in a folder; the storage drivers' suite looks at the rest. */
import assert from 'node:assert/strict';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { errno } from '../../../src/linux/errno.ts';
import { features } from '../../../src/linux/features.ts';
import { native } from '../../../src/linux/native.ts';
import { openRoot } from '../../../src/linux/rooted.ts';
import { unmountAll } from '../../../src/snapshots/mount.ts';
import { copyTree } from '../../../src/snapshots/tree.ts';
import { folder, fresh, skip } from '../support.ts';

describe('copyTree', () => {
  let [from, to] = ['', ''];
  beforeEach(() => {
    [from, to] = [join(folder, fresh('from')), join(folder, fresh('to'))];
    mkdirSync(from);
  });
  afterEach(() => {
    using tree = openRoot(folder);
    for (const path of [from, to]) tree.remove(path.slice(folder.length + 1));
  });

  it('copies a tree that is deeper than any path is long', async () => {
    const name = 'd'.repeat(200);
    const levels = 60;
    let fd = openSync(from, 'r');
    for (let level = 0; level < levels; level++) {
      native.mkdirAt(fd, name, 0o755);
      const next = native.openAt(fd, name, 0o200000);
      closeSync(fd);
      fd = next;
    }
    native.symlinkAt('bottom', fd, 'link');
    native.linkAt(fd, 'link', fd, 'the same');
    closeSync(fd);
    await copyTree(from, to);
    fd = openSync(to, 'r');
    for (let level = 0; level < levels; level++) {
      const next = native.openAt(fd, name, 0o200000);
      closeSync(fd);
      fd = next;
    }
    try {
      assert.equal(native.readlinkAt(fd, 'link').toString(), 'bottom');
      assert.equal(native.statAt(fd, 'the same').links, 2);
    } finally {
      closeSync(fd);
    }
  });

  it('refuses with the call and its errno when something is in the way', async () => {
    writeFileSync(join(from, 'file'), '');
    mkdirSync(to);
    writeFileSync(join(to, 'file'), '');
    const [source, target] = [openSync(from, 'r'), openSync(to, 'r')];
    try {
      await assert.rejects(native.copyTree(source, target), { code: 'SYSCALL', call: 'open', errno: errno.EEXIST });
    } finally {
      closeSync(source);
      closeSync(target);
    }
  });

  it('lets Node go on meanwhile', async () => {
    for (let i = 0; i < 500; i++) writeFileSync(join(from, `${i}`), 'x'.repeat(10_000));
    let turns = 0;
    const timer = setInterval(() => turns++, 0);
    await copyTree(from, to);
    clearInterval(timer);
    assert(turns > 0);
  });
});

describe('a mount whose options begin in a folder', () => {
  const root = join(folder, fresh('relative'));
  before(function () {
    if (!features().overlay) skip(this, 'this kernel has no overlay');
    for (const part of ['l/a', 'l/b', 'merged']) mkdirSync(join(root, part), { recursive: true });
    writeFileSync(join(root, 'l/b/file'), 'text');
  });
  after(() => {
    unmountAll(join(root, 'merged'));
    rmSync(root, { recursive: true, force: true });
  });

  it('finds them there, and the process stays where it is', () => {
    const here = process.cwd();
    native.mount('overlay', join(root, 'merged'), 'overlay', 0, 'lowerdir=a:b', join(root, 'l'));
    assert.equal(readFileSync(join(root, 'merged/file'), 'utf8'), 'text');
    assert.equal(process.cwd(), here);
    assert(!existsSync('a'));
  });

  it('refuses a folder that is not there, and says which call', () => {
    assert.throws(
      () => native.mount('overlay', join(root, 'merged'), 'overlay', 0, 'lowerdir=a:b', join(root, 'none')),
      {
        code: 'SYSCALL',
        call: 'chdir',
        errno: errno.ENOENT,
      },
    );
  });
});
