import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { unpack, type WrittenEntry } from '../../../src/layers/index.ts';
import { MS_RDONLY } from '../../../src/linux/constants.ts';
import { native } from '../../../src/linux/native.ts';
import { archive, entry, inPieces, itWith } from '../../unit/layers/archives.ts';
import { everyKind, look, sh, unmount, unpackBytes, withTrees } from './support.ts';

const hello = { data: 'hello' };

describe('unpack', () => {
  for (const format of [
    'gnu',
    'pax',
    'posix --sparse-version=0.0',
    'posix --sparse-version=0.1',
    'posix --sparse-version=1.0',
  ])
    itWith('setfattr', `makes the tree that GNU tar has packed with --format=${format}`, () =>
      withTrees(async ({ folder, tree }) => {
        const xattrs = format === 'gnu' ? '' : "--xattrs --xattrs-include='*'";
        sh(everyKind, folder);
        if (format === 'gnu')
          sh(
            `find t -print0 | xargs -0 -n1 setfattr -h -x user.text -x user.bytes -x trusted.own -x security.capability 2>/dev/null || true; touch -d 2001-01-01 t`,
            folder,
          );
        if (format === 'gnu')
          sh(
            'find t -exec touch -h -d 2001-01-01 {} +; for n in user.text user.bytes; do setfattr -x $n t/d/file; done; setfattr -x trusted.own t/d; setfattr -x security.capability t/su',
            folder,
          );
        sh(`tar -cf t.tar --numeric-owner --sparse ${xattrs} --format=${format} -C t .`, folder);
        const bytes = fs.readFileSync(join(folder, 't.tar'));
        for (const piece of [bytes.length, 700]) {
          fs.rmSync(tree, { recursive: true });
          fs.mkdirSync(tree);
          await unpackBytes(bytes, tree, { whiteouts: 'none', piece });
          assert.deepEqual(look(tree), look(join(folder, 't')));
        }
      }),
    );

  it('works in a worker, from a file and from a stream, compressed or not, and answers with the digest', () =>
    withTrees(async ({ folder, tree }) => {
      const bytes = await archive(
        entry('file', 'f', { data: Buffer.alloc(3_000_000, 'x') }),
        entry('file', 'g', hello),
        entry('directory', 'd'),
        entry('link', 'd/g', { target: Buffer.from('g') }),
        entry('symlink', 'd/f', { target: Buffer.from('../f') }),
      );
      const diffId = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
      const filled = 3_000_000 + 'hello'.length;
      const wanted = { diffId, size: bytes.length, filled, entries: 5, warnings: [] };
      const packed = gzipSync(bytes);
      fs.writeFileSync(join(folder, 'packed'), packed);
      const request = { folder: tree, whiteouts: 'overlay' } as const;
      let progress = 0;
      const counted = { ...request, onProgress: (read: number) => (progress = read) };
      assert.deepEqual(await unpack({ file: join(folder, 'packed') }, counted), wanted);
      assert.equal(progress, packed.length);
      assert.deepEqual(await unpack(Readable.from(inPieces(bytes, 100_000)), counted), wanted);
      assert.equal(progress, bytes.length);
      assert.deepEqual(await unpack(inPieces(packed, 10), request), wanted);
      assert.equal(fs.statSync(join(tree, 'f')).size, 3_000_000);
    }));

  it('does several at a time, each into its own folder', () =>
    withTrees(async ({ tree }) => {
      const jobs = Array.from({ length: 9 }, async (_, i) => {
        const folder = join(tree, String(i));
        fs.mkdirSync(folder);
        const bytes = await archive(entry('file', 'mine', { data: String(i) }));
        await unpack(inPieces(bytes, 100), { folder, whiteouts: 'overlay' });
        return fs.readFileSync(join(folder, 'mine'), 'utf8');
      });
      assert.deepEqual(await Promise.all(jobs), [...'012345678']);
    }));

  it('says what is wrong with an archive, and with a source, and goes on to work', () =>
    withTrees(async ({ tree }) => {
      const request = { folder: tree, whiteouts: 'overlay' } as const;
      const bytes = await archive(entry('file', 'some/name', { data: Buffer.alloc(5000) }));
      await assert.rejects(unpack(inPieces(bytes.subarray(0, 2000)), request), {
        code: 'ARCHIVE_INVALID',
        message: /^entry 1, "some\/name": the archive ends in the middle of its data$/,
      });
      await assert.rejects(unpack(inPieces(gzipSync(bytes).subarray(0, 60)), request), { code: 'ARCHIVE_INVALID' });
      const failing = (async function* () {
        yield bytes.subarray(0, 1000);
        throw await Promise.resolve(new Error('the line is cut'));
      })();
      await assert.rejects(unpack(failing, request), { message: 'the line is cut' });
      await assert.rejects(unpack({ file: join(tree, 'none') }, request), /ENOENT/);
      assert.equal((await unpack(inPieces(bytes), request)).entries, 1);
    }));

  it('can be stopped, also while its source says nothing', () =>
    withTrees(async ({ tree }) => {
      const stop = new AbortController();
      const stalled = new Readable({ read: () => stop.abort(new Error('stopped')) });
      await assert.rejects(unpack(stalled, { folder: tree, whiteouts: 'overlay', signal: stop.signal }), {
        message: 'stopped',
      });
      assert(stalled.destroyed);
    }));

  it('stops at a bomb before it has done harm', () =>
    withTrees(async ({ tree }) => {
      const request = { folder: tree, whiteouts: 'overlay' } as const;
      const zeros = gzipSync(Buffer.alloc(80_000_000), { level: 9 });
      const tooLarge = { code: 'ARCHIVE_TOO_LARGE' };
      await assert.rejects(unpack(inPieces(zeros, 50_000), { ...request, limits: { ratio: 500 } }), tooLarge);
      await assert.rejects(unpack(inPieces(zeros, 50_000), { ...request, limits: { bytes: 10_000_000 } }), tooLarge);
      assert.equal((await unpack(inPieces(zeros, 50_000), request)).size, 80_000_000);
    }));

  it('says so when the disk is full', () =>
    withTrees(async ({ tree }) => {
      native.mount('tmpfs', tree, 'tmpfs', 0, 'size=1m');
      try {
        const bytes = await archive(entry('file', 'large', { data: Buffer.alloc(2_000_000, 1) }));
        await assert.rejects(unpackBytes(bytes, tree), { code: 'SYSCALL', call: 'write', message: /ENOSPC/ });
      } finally {
        unmount(tree);
      }
    }));

  it('gives every directory the time that the archive says, whatever comes into it later', () =>
    withTrees(async ({ tree }) => {
      const at = (seconds: number): { mtime: { seconds: number; nanoseconds: number } } => ({
        mtime: { seconds, nanoseconds: seconds },
      });
      const folders = Array.from({ length: 300 }, (_, i) => `d${i}`);
      const bytes = await archive(
        entry('directory', '.', at(1)),
        ...folders.map((name, i) => entry('directory', name, at(1000 + i))),
        ...folders.map((name) => entry('directory', `${name}/sub`, at(5))),
        ...folders.reverse().map((name) => entry('file', `${name}/sub/file`, hello)),
        entry('symlink', 'same', { target: 'd7', ...at(3) }),
        entry('file', 'same/a', hello),
        entry('file', 'd7/b', hello),
        entry('link', 'd8/linked', { target: 'd7/b' }),
        entry('file', 'd9/.wh.gone'),
      );
      await unpackBytes(bytes, tree);
      const time = (path: string): bigint => fs.lstatSync(join(tree, path), { bigint: true }).mtimeNs;
      assert.equal(time('.'), 1_000_000_001n);
      folders.reverse().forEach((name, i) => assert.equal(time(name), BigInt(1000 + i) * 1_000_000_001n, name));
      for (const name of folders) assert.equal(time(`${name}/sub`), 5_000_000_005n);
    }));
});

/** Lower and upper as one, as the kernel sees it. */
function merged(lower: string, upper: string, target: string): string[] {
  fs.mkdirSync(target);
  native.mount('overlay', target, 'overlay', MS_RDONLY, `lowerdir=${upper}:${lower}`);
  try {
    return Object.keys(look(target)).sort();
  } finally {
    unmount(target);
  }
}

const below = [
  entry('file', 'file', hello),
  entry('file', 'd/a', hello),
  entry('file', 'd/b', hello),
  entry('file', 'o/old', hello),
  entry('file', 'o/sub/old', hello),
  entry('file', 'r/old', hello),
  entry('file', 's/old', hello),
  entry('symlink', 'link', { target: 'd' }),
];

const above: Record<string, WrittenEntry[]> = {
  'whiteouts first': [
    entry('file', '.wh.file'),
    entry('file', 'd/.wh.a'),
    entry('file', 'o/.wh..wh..opq'),
    entry('file', 'o/new', hello),
    entry('file', 'o/sub/new', hello),
    entry('file', '.wh.r'),
    entry('directory', 'r'),
    entry('file', 'r/new', hello),
    entry('file', '.wh.s'),
    entry('file', 's', hello),
    entry('file', '.wh.link'),
    entry('file', '.wh.absent'),
  ],
};
above['whiteouts last'] = [...above['whiteouts first']!]
  .reverse()
  .sort((a, b) => Number(a.path.includes('.wh.')) - Number(b.path.includes('.wh.')));
// As aufs wrote them: links to one file.
above['whiteouts as hard links'] = above['whiteouts first']!.map((one) =>
  one.path.includes('.wh.') ? { ...one, type: 'link', target: Buffer.from('.wh..wh.aufs') } : one,
);

const left = ['d', 'd/b', 'o', 'o/new', 'o/sub', 'o/sub/new', 'r', 'r/new', 's'];

describe('whiteouts', () => {
  for (const [order, entries] of Object.entries(above)) {
    it(`hide what is below and nothing of their own layer in overlay: ${order}`, () =>
      withTrees(async ({ folder, tree, canary }) => {
        fs.rmSync(join(canary, 'file'));
        await unpackBytes(await archive(...below), canary);
        await unpackBytes(await archive(...entries), tree);
        const seen = merged(canary, tree, join(folder, 'merged'));
        assert.deepEqual(seen, ['.', ...left.map((path) => `./${path}`)]);
      }));

    it(`remove it from a copy: ${order}`, () =>
      withTrees(async ({ tree }) => {
        await unpackBytes(await archive(...below), tree, { whiteouts: 'remove' });
        await unpackBytes(await archive(...entries), tree, { whiteouts: 'remove' });
        assert.deepEqual(Object.keys(look(tree)).sort(), ['.', ...left.map((path) => `./${path}`)]);
      }));

    it(`are files for aufs, and none stands beside what it would hide: ${order}`, () =>
      withTrees(async ({ tree }) => {
        await unpackBytes(await archive(...entries), tree, { whiteouts: 'aufs' });
        const files = Object.keys(look(tree))
          .map((path) => path.slice(2))
          .filter((path) => path.includes('.wh.'));
        const wanted = ['.wh.absent', '.wh.file', '.wh.link', 'd/.wh.a', 'o/.wh..wh..opq', 'r/.wh..wh..opq'];
        assert.deepEqual(files.sort(), wanted);
      }));
  }

  it('are devices and an attribute in overlay; which attribute, the request says', () =>
    withTrees(async ({ tree }) => {
      const bytes = await archive(entry('file', '.wh.x'), entry('file', 'd/.wh..wh..opq'));
      await unpackBytes(bytes, tree);
      assert.match(look(tree)['./x']!, /^20000 .* device 0$/);
      assert.match(look(tree)['./d']!, / trusted\.overlay\.opaque=79$/);
      await unpackBytes(bytes, tree, { userxattr: true });
      assert.match(look(tree)['./d']!, / user\.overlay\.opaque=79$/);
    }));

  it('are ordinary names where nobody says otherwise', () =>
    withTrees(async ({ tree }) => {
      await unpackBytes(await archive(entry('file', '.wh..wh..opq', hello), entry('file', '.wh.', hello)), tree, {
        whiteouts: 'none',
      });
      assert.deepEqual(fs.readdirSync(tree).sort(), ['.wh.', '.wh..wh..opq']);
    }));
});
