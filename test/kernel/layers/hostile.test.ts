import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { features } from '../../../src/linux/features.ts';
import type { WrittenEntry } from '../../../src/layers/index.ts';
import { archive, ending, entry, header, padded } from '../../unit/layers/archives.ts';
import { skip } from '../support.ts';
import { look, unpackBytes, withTrees, type Trees } from './support.ts';

const hello = { data: 'hello' };
const up = '../'.repeat(30);

/** What is hostile about it; the entries; and what is in the tree afterwards, or the code of the refusal. */
type Case = [title: string, entries: (trees: Trees) => (WrittenEntry | Buffer)[], wanted: string[] | string];

const corpus: Case[] = [
  ['dots that lead up', () => [entry('file', `${up}a`, hello), entry('file', 'x/../../../b', hello)], ['a', 'b']],
  ['an absolute path', ({ canary }) => [entry('file', `${canary}/file`, hello)], ['canary/file']],
  [
    'an absolute path of a directory, with a mode',
    ({ canary }) => [entry('directory', canary, { mode: 0o777 })],
    ['canary'],
  ],
  [
    'a link out of the tree, then a file through it',
    ({ canary }) => [entry('symlink', 'out', { target: canary }), entry('file', 'out/file', hello)],
    ['out', 'canary/file'],
  ],
  [
    'a link with dots out of the tree, then a directory through it',
    () => [entry('symlink', 'out', { target: `${up}canary` }), entry('directory', 'out/d')],
    ['out', 'canary/d'],
  ],
  [
    'a link onto a file outside, then a file in its place',
    ({ canary }) => [entry('symlink', 'l', { target: `${canary}/file` }), entry('file', 'l', hello)],
    ['l'],
  ],
  [
    'a link to a directory outside, then a directory in its place, with a mode',
    ({ canary }) => [entry('symlink', 'l', { target: canary }), entry('directory', 'l', { mode: 0o777 })],
    ['l'],
  ],
  [
    'a chain of links that leads out',
    ({ canary }) => [
      entry('symlink', 'a', { target: '/b' }),
      entry('symlink', 'b', { target: `..${canary}` }),
      entry('file', 'a/file', hello),
    ],
    ['a', 'b', 'canary/file'],
  ],
  [
    'a link that is swapped under a directory that is held open',
    ({ canary }) => [
      entry('file', 'd/one', hello),
      entry('symlink', 'd', { target: canary }),
      entry('file', 'd/file', hello),
    ],
    ['d', 'canary/file'],
  ],
  [
    'a link above a directory that is held open',
    ({ canary }) => [
      entry('file', 'd/e/one', hello),
      entry('symlink', 'd', { target: canary }),
      entry('file', 'd/e/two', hello),
    ],
    ['d', 'canary/e/two'],
  ],
  [
    'links in a circle',
    () => [entry('symlink', 'a', { target: 'b' }), entry('symlink', 'b', { target: 'a' }), entry('file', 'a/f', hello)],
    'ARCHIVE_INVALID',
  ],
  [
    'a hard link to a file outside',
    ({ canary }) => [entry('link', 'h', { target: `${canary}/file` })],
    'ARCHIVE_INVALID',
  ],
  ['a hard link with dots', () => [entry('link', 'h', { target: `${up}canary/file` })], 'ARCHIVE_INVALID'],
  [
    'a hard link through a link that leads out',
    ({ canary }) => [entry('symlink', 'l', { target: canary }), entry('link', 'h', { target: 'l/file' })],
    'ARCHIVE_INVALID',
  ],
  [
    'a hard link to a link that leads out, then a file over it',
    ({ canary }) => [
      entry('symlink', 'l', { target: `${canary}/file` }),
      entry('link', 'h', { target: 'l' }),
      entry('file', 'h', hello),
    ],
    ['h', 'l'],
  ],
  ['a hard link to itself', () => [entry('file', 'f', hello), entry('link', 'f', { target: 'f' })], ['f']],
  ['a hard link to the root', () => [entry('link', 'h', { target: '.' })], 'ARCHIVE_INVALID'],
  [
    'a hard link to a directory',
    () => [entry('directory', 'd'), entry('link', 'h', { target: 'd' })],
    'ARCHIVE_INVALID',
  ],
  [
    'an owner for a link that leads out',
    ({ canary }) => [entry('symlink', 'l', { target: `${canary}/file`, uid: 1000, mode: 0o777 })],
    ['l'],
  ],
  ['a whiteout of dots', () => [entry('file', '.wh..')], 'ARCHIVE_INVALID'],
  ['a whiteout of the folder above', () => [entry('file', 'd/.wh...')], 'ARCHIVE_INVALID'],
  ['a whiteout of nothing', () => [entry('file', '.wh.')], 'ARCHIVE_INVALID'],
  [
    'a whiteout through a link that leads out',
    ({ canary }) => [entry('symlink', 'l', { target: canary }), entry('file', 'l/.wh.file')],
    ['canary/file', 'l'],
  ],
  [
    'an opaque whiteout through a link that leads out',
    ({ canary }) => [entry('symlink', 'l', { target: canary }), entry('file', 'l/.wh..wh..opq')],
    ['canary', 'l'],
  ],
  ['a path through a whiteout', () => [entry('file', '.wh.d/file', hello)], 'ARCHIVE_INVALID'],
  [
    'the books of aufs',
    () => [
      entry('file', '.wh..wh.aufs', hello),
      entry('file', '.wh..wh.plnk/1.2', hello),
      entry('directory', 'd/.wh..wh.orph'),
    ],
    [],
  ],
  ['a fifo, then a file that would wait at it', () => [entry('fifo', 'p'), entry('file', 'p', hello)], ['p']],
  [
    'a device, then a file that would be written to it',
    () => [entry('block', 'disk', { major: 7, minor: 200 }), entry('file', 'disk', hello)],
    ['disk'],
  ],
  ['a path through a file', () => [entry('file', 'f', hello), entry('file', 'f/g', hello)], 'ARCHIVE_INVALID'],
  [
    'a path through a device',
    () => [entry('character', 'null', { major: 1, minor: 3 }), entry('file', 'null/g', hello)],
    'ARCHIVE_INVALID',
  ],
  [
    'a directory in place of the root, as a link',
    ({ canary }) => [entry('symlink', '.', { target: canary })],
    'ARCHIVE_INVALID',
  ],
  ['a file in place of the root', () => [entry('file', '/', hello)], 'ARCHIVE_INVALID'],
  [
    'the same file three times, the last one shorter',
    () => [
      entry('file', 'f', { data: 'long long' }),
      entry('link', 'g', { target: 'f' }),
      entry('file', 'f', { data: 's' }),
    ],
    ['f', 'g'],
  ],
  [
    'a directory in place of a file in place of a directory',
    () => [entry('file', 'd/x', hello), entry('file', 'd', hello), entry('directory', 'd')],
    ['d'],
  ],
  [
    'attributes of overlay',
    () => [
      entry('directory', 'd', {
        xattrs: [
          attribute('trusted.overlay.opaque', 'y'),
          attribute('trusted.overlay.redirect', '/canary'),
          attribute('user.overlay.opaque', 'y'),
        ],
      }),
    ],
    ['d'],
  ],
  ['a name that is too long', () => [entry('file', 'n'.repeat(256), hello)], 'ARCHIVE_INVALID'],
  [
    'names of /proc that lead anywhere',
    () => [entry('symlink', 'l', { target: '/proc/self/root' }), entry('file', 'l/file', hello)],
    ['l', 'proc/self/root/file'],
  ],
  ['a name with a newline and an escape', () => [entry('file', '\n\x1b[31m', hello)], ['\n\x1b[31m']],
  [
    'a path in pax that differs from the header’s',
    ({ canary }) => [
      Buffer.concat([header('x', 'p', 27), padded('27 path=../../canary/file2\n')]),
      header('0', `${canary}/file`),
      ending,
    ],
    ['canary/file2'],
  ],
];

const attribute = (name: string, value: string): { name: Buffer; value: Buffer } => ({
  name: Buffer.from(name),
  value: Buffer.from(value),
});

const made = (tree: string): string[] => {
  const paths = Object.keys(look(tree)).map((path) => path.slice(2));
  return paths.filter((path) => path && !paths.some((other) => other.startsWith(`${path}/`)));
};

async function build(parts: (WrittenEntry | Buffer)[]): Promise<Buffer> {
  const raw = parts.filter((part) => Buffer.isBuffer(part));
  return raw.length > 0 ? Buffer.concat(raw) : archive(...(parts as WrittenEntry[]));
}

/** Canary paths inside the tree are named without the folder that holds both. */
const short = (paths: string[], { folder }: Trees): string[] =>
  paths.map((path) => path.replace(`${folder.slice(1)}/`, ''));

for (const walk of [false, true])
  for (const whiteouts of ['overlay', 'remove'] as const)
    describe(`a hostile archive, ${walk ? 'by the checked walk' : 'by openat2'}, whiteouts as ${whiteouts}`, () => {
      before(function () {
        if (!walk && !features().openat2) skip(this, 'no openat2');
      });
      for (const [title, entries, wanted] of corpus)
        it(`changes nothing outside: ${title}`, () =>
          withTrees(async (trees) => {
            const { tree, canary, folder } = trees;
            const bytes = await build(entries(trees));
            const before = [look(canary), fs.statSync(folder).mtimeMs];
            const unpacked = unpackBytes(bytes, tree, { walk, whiteouts, piece: 1000 });
            if (typeof wanted === 'string') await assert.rejects(unpacked, { code: wanted });
            else await unpacked;
            assert.deepEqual([look(canary), fs.statSync(folder).mtimeMs], before);
            assert.deepEqual(fs.readdirSync(folder).sort(), ['canary', 'tree']);
            if (typeof wanted === 'string') return;
            // Where whiteouts remove, what they name inside the tree is not there afterwards.
            const absent = whiteouts === 'remove' && title.includes('whiteout') ? ['canary/file', 'canary'] : [];
            const inside = short(made(tree), trees).sort();
            assert.deepEqual(inside, wanted.filter((path) => !absent.includes(path)).sort());
          }));
    });

describe('what a hostile archive gets inside the tree', () => {
  const inside = (entries: WrittenEntry[], check: (tree: string) => void): Promise<void> =>
    withTrees(async ({ tree }) => {
      await unpackBytes(await archive(...entries), tree);
      check(tree);
    });

  it('is a file of its own where it wrote to a link, a fifo or a device', () =>
    inside(
      [
        entry('symlink', 'l', { target: '/etc/passwd' }),
        entry('file', 'l', hello),
        entry('fifo', 'p'),
        entry('file', 'p', hello),
      ],
      (tree) => {
        for (const name of ['l', 'p']) assert.equal(fs.readFileSync(join(tree, name), 'utf8'), 'hello');
        assert(fs.lstatSync(join(tree, 'l')).isFile());
      },
    ));

  it('is the last of several files of one name, and the other name of the first keeps what it had', () =>
    inside(
      [entry('file', 'f', { data: 'long' }), entry('link', 'g', { target: 'f' }), entry('file', 'f', { data: 's' })],
      (tree) => {
        assert.equal(fs.readFileSync(join(tree, 'f'), 'utf8'), 's');
        assert.equal(fs.readFileSync(join(tree, 'g'), 'utf8'), 'long');
      },
    ));

  it('has no attributes of overlay, and says that they were left out', () =>
    withTrees(async ({ tree }) => {
      const xattrs = [
        attribute('trusted.overlay.opaque', 'y'),
        attribute('user.overlay.redirect', '/'),
        attribute('user.fine', 'y'),
      ];
      const { warnings } = await unpackBytes(await archive(entry('directory', 'd', { xattrs })), tree);
      assert.match(look(tree)['./d']!, / user\.fine=79$/);
      assert.doesNotMatch(look(tree)['./d']!, /overlay/);
      assert.equal(warnings.length, 2);
      assert.match(warnings[0]!, /^d: trusted\.overlay\.opaque was left out/);
    }));

  it('does not become setuid on the way, for anybody but the owner that it will have', () =>
    inside([entry('file', 'su', { ...hello, uid: 1000, gid: 1000, mode: 0o6755 })], (tree) => {
      const { mode, uid } = fs.statSync(join(tree, 'su'));
      assert.deepEqual([mode & 0o7777, uid], [0o6755, 1000]);
    }));
});
