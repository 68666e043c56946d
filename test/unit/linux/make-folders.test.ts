import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeFolders } from '../../../src/linux/make-folders.ts';

describe('folders that are made', () => {
  const home = mkdtempSync(join(tmpdir(), 'drydock-folders-'));
  after(() => rmSync(home, { recursive: true }));

  it('have those above them, all with the mode', () => {
    makeFolders(join(home, 'a/b/c'), 0o700);
    for (const path of ['a', 'a/b', 'a/b/c']) assert.equal(statSync(join(home, path)).mode & 0o7777, 0o700, path);
  });

  it('may be there already, also by a link', () => {
    makeFolders(home, 0o700);
    symlinkSync(home, join(home, 'link'));
    makeFolders(join(home, 'link'), 0o700);
  });

  it('are refused by name where a file stands', () => {
    const file = join(home, 'file');
    writeFileSync(file, '');
    assert.throws(() => makeFolders(file, 0o700), {
      code: 'SYSCALL',
      message: `cannot make the folder ${file}: EEXIST`,
    });
    assert.throws(() => makeFolders(join(file, 'x'), 0o700), /cannot make the folder .*\/file\/x: ENOTDIR/);
  });

  it('are refused, and not tried for ever, where the kernel makes none', () => {
    assert.throws(() => makeFolders('/proc/none/such', 0o700), /cannot make the folder \/proc\/none: ENOENT/);
  });
});
