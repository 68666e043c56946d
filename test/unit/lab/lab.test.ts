import assert from 'node:assert/strict';
import {
  copyFileSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { labRoot } from '../../../src/lab/lab.ts';

describe('the lab', () => {
  const root = mkdtempSync(join(tmpdir(), 'drydock-lab-'));
  after(() => rmSync(root, { recursive: true }));

  it('is a root file system with a shell, whatever our umask', async () => {
    const before = process.umask(0o077);
    const tree = await labRoot(root).finally(() => process.umask(before));
    assert.equal(readlinkSync(join(tree, 'bin/sh')), 'busybox');
    assert.equal(statSync(join(tree, 'bin/sh')).mode & 0o7777, 0o755);
    assert.equal(statSync(join(tree, 'usr/bin/id')).ino, statSync(join(tree, 'bin/busybox')).ino);
    for (const name of ['tmp', 'var/tmp']) assert.equal(lstatSync(join(tree, name)).mode & 0o7777, 0o1777, name);
    assert.equal(lstatSync(join(tree, 'root')).mode & 0o7777, 0o700);
    assert.equal(lstatSync(join(tree, 'etc/passwd')).mode & 0o7777, 0o644);
    assert.equal(lstatSync(tree).mode & 0o7777, 0o755);
    for (const name of ['dev', 'proc', 'sys', 'root', 'home', 'run', 'var'])
      assert(lstatSync(join(tree, name)).isDirectory());
  });

  it('is made once', async () => {
    const first = await labRoot(root);
    const before = statSync(first).ctimeMs;
    const folderBefore = statSync(join(root, 'lab')).mtimeMs;
    assert.equal(await labRoot(root), first);
    assert.equal(statSync(first).ctimeMs, before);
    assert.equal(statSync(join(root, 'lab')).mtimeMs, folderBefore, 'not made again beside it either');
    assert.deepEqual(readdirSync(join(root, 'lab')), [first.split('/').pop()]);
  });

  it('is refused where nothing can be made, and leaves nothing half made', async () => {
    const file = join(root, 'file');
    writeFileSync(file, '');
    await assert.rejects(labRoot(file), { code: 'SYSCALL' });
  });

  it('is refused a busybox that needs shared libraries', async () => {
    const { PATH } = process.env;
    const folder = join(root, 'dynamic');
    mkdirSync(folder);
    copyFileSync(process.execPath, join(folder, 'busybox'));
    process.env.PATH = folder;
    try {
      await assert.rejects(labRoot(root), { code: 'UNSUPPORTED', message: /a static busybox is needed/ });
    } finally {
      process.env.PATH = PATH;
    }
  });

  it('finds a busybox also when PATH does not lead to it', async () => {
    const { PATH } = process.env;
    const tree = await labRoot(root);
    process.env.PATH = '/nowhere';
    try {
      assert.match(await labRoot(root), /\/lab\/v\d+-.*busybox-\d+-\d+$/);
      assert.equal(statSync(join(tree, 'bin/busybox')).mode & 0o111, 0o111);
    } finally {
      process.env.PATH = PATH;
    }
  });
});
