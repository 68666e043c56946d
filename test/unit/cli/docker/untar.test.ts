/** Archives that lie, unpacked below a folder of ours. */
import assert from 'node:assert/strict';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { untar } from '../../../../src/cli/docker/untar.ts';
import { writeTar, type WrittenEntry } from '../../../../src/layers/tar/write.ts';

const entry = (type: WrittenEntry['type'], path: string, text = '', target?: string): WrittenEntry => ({
  ...{ type, path: Buffer.from(path), mode: type === 'directory' ? 0o755 : 0o640, uid: 0, gid: 0 },
  ...{ mtime: { seconds: 1_000_000_000, nanoseconds: 0 }, size: text.length, data: Buffer.from(text) },
  target: target === undefined ? undefined : Buffer.from(target),
});

describe('an archive out of a container', () => {
  let top: string;
  let folder: string;
  beforeEach(() => {
    top = mkdtempSync(join(tmpdir(), 'dd-untar-'));
    folder = join(top, 'here');
    mkdirSync(folder);
    writeFileSync(join(top, 'canary'), 'alive');
  });
  afterEach(() => {
    assert.equal(readFileSync(join(top, 'canary'), 'utf8'), 'alive');
    rmSync(top, { recursive: true });
  });
  const unpack = (entries: WrittenEntry[], name?: string): Promise<number> =>
    untar(writeTar(entries), { folder, name });

  it('is unpacked with modes, times and links, under another name if somebody wants one', async () => {
    const tree = [entry('directory', 'etc/'), entry('file', 'etc/a', 'text'), entry('link', 'etc/b', '', 'etc/a')];
    assert.equal(await unpack([...tree, entry('symlink', 'etc/c', '', '/nowhere')], 'mine'), 4);
    const facts = lstatSync(join(folder, 'mine/a'));
    assert.deepEqual([facts.mode & 0o777, facts.mtimeMs, facts.nlink], [0o640, 1e12, 2]);
    assert.equal(readFileSync(join(folder, 'mine/b'), 'utf8'), 'text');
    assert(lstatSync(join(folder, 'mine/c')).isSymbolicLink());
    assert.equal(lstatSync(join(folder, 'mine')).mtimeMs, 1e12);
  });

  const escapes: [title: string, entries: WrittenEntry[], name?: string][] = [
    ['climbs up', [entry('file', '../canary', 'dead')]],
    ['climbs up from below', [entry('file', 'a/../../canary', 'dead')]],
    [
      'goes through a link that it has brought',
      [entry('symlink', 'out', '', '..'), entry('file', 'out/canary', 'dead')],
    ],
    [
      'goes through a link whose name is replaced',
      [entry('symlink', 'x', '', '..'), entry('file', 'x/canary', 'dead')],
      'y',
    ],
    ['links to a file outside', [entry('link', 'b', '', '../canary'), entry('file', 'b', 'dead')]],
  ];
  for (const [title, entries, name] of escapes)
    it(`is refused when it ${title}`, () => assert.rejects(unpack(entries, name), { code: 'UNSAFE_PATH' }));

  it('replaces a link that is there, and does not write through it', async () => {
    symlinkSync('../canary', join(folder, 'file'));
    await unpack([entry('file', 'file', 'new')]);
    assert.equal(readFileSync(join(folder, 'file'), 'utf8'), 'new');
  });

  it('never puts a folder in the place of a file, or a file in that of a folder', async () => {
    writeFileSync(join(folder, 'file'), 'mine');
    mkdirSync(join(folder, 'folder'));
    await assert.rejects(unpack([entry('directory', 'file/')]), { message: /cannot overwrite non-directory/ });
    await assert.rejects(unpack([entry('file', 'folder', 'x')]), { message: /cannot overwrite directory/ });
    assert(existsSync(join(folder, 'folder')));
  });
});
