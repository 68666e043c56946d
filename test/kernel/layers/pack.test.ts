import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { pack, type PackRequest } from '../../../src/layers/index.ts';
import { native } from '../../../src/linux/native.ts';
import { archive, collected, entry, itWith, readBack } from '../../unit/layers/archives.ts';
import { everyKind, look, sh, unmount, unpackBytes, withTrees } from './support.ts';

const hello = { data: 'hello' };

const names = async (request: PackRequest): Promise<string[]> =>
  (await readBack(await collected(pack(request)))).map(({ path }) => path.toString('latin1'));

describe('pack', () => {
  itWith('setfattr', 'makes an archive of which unpack makes the same tree, holes and all', () =>
    withTrees(async ({ folder, tree }) => {
      sh(everyKind, folder);
      const from = join(folder, 't');
      await unpackBytes(await collected(pack({ upper: from, whiteouts: 'none', sparse: true })), tree, {
        whiteouts: 'none',
      });
      assert.deepEqual(look(tree), look(from));
      const numbers = (at: string): number[] => ['holes', 'onlyhole'].map((name) => fs.statSync(join(at, name)).blocks);
      assert.deepEqual(numbers(tree), numbers(from));
    }),
  );

  it('makes the same bytes of the same tree, in whatever order it was made', () =>
    withTrees(async ({ tree, canary }) => {
      const one = [
        entry('file', 'b', hello),
        entry('file', 'a', hello),
        entry('file', 'd/y', hello),
        entry('directory', 'd'),
        entry('file', 'd/x', hello),
        entry('directory', '.'),
      ];
      fs.rmSync(join(canary, 'file'));
      await unpackBytes(await archive(...one), tree);
      await unpackBytes(await archive(...one.slice(0, -1).reverse(), ...one.slice(3)), canary);
      const [a, b] = await Promise.all([tree, canary].map((upper) => collected(pack({ upper, whiteouts: 'none' }))));
      assert.deepEqual(a, b);
      assert.deepEqual(await names({ upper: tree, whiteouts: 'none' }), ['./', 'a', 'b', 'd/', 'd/x', 'd/y']);
    }));

  itWith('setfattr', 'is read by GNU tar, names and attributes too', () =>
    withTrees(async ({ folder, tree }) => {
      sh(everyKind, folder);
      fs.writeFileSync(
        join(folder, 'p.tar'),
        await collected(pack({ upper: join(folder, 't'), whiteouts: 'none', sparse: true })),
      );
      sh(
        `tar -xpf p.tar --xattrs --xattrs-include='*' --numeric-owner -C tree 2>err || { cat err >&2; exit 1; }`,
        folder,
      );
      assert.deepEqual(look(tree), look(join(folder, 't')));
    }),
  );

  it('says what a container has changed, from the upper directory of its overlay', () =>
    withTrees(async ({ folder, tree, canary }) => {
      const below = [
        entry('file', 'gone', hello),
        entry('file', 'd/changed', hello),
        entry('file', 'd/stays', hello),
        entry('file', 'new again/old', hello),
      ];
      fs.rmSync(join(canary, 'file'));
      await unpackBytes(await archive(...below), canary);
      for (const name of ['work', 'merged']) fs.mkdirSync(join(folder, name));
      native.mount(
        'overlay',
        join(folder, 'merged'),
        'overlay',
        0,
        `lowerdir=${canary},upperdir=${tree},workdir=${join(folder, 'work')},redirect_dir=off,metacopy=off`,
      );
      let merged: Record<string, string>;
      try {
        sh(
          'rm gone; printf more >>d/changed; rm -r "new again"; mkdir "new again"; printf x >"new again/file"; printf y >fresh; ln fresh second; chmod 0700 .',
          join(folder, 'merged'),
        );
        merged = look(join(folder, 'merged'));
      } finally {
        unmount(join(folder, 'merged'));
      }
      const bytes = await collected(pack({ upper: tree, whiteouts: 'overlay' }));
      const wanted = [
        './',
        'd/',
        'd/changed',
        'fresh',
        '.wh.gone',
        'new again/',
        'new again/.wh..wh..opq',
        'new again/file',
        'second',
      ];
      assert.deepEqual(
        (await readBack(bytes)).map(({ path }) => path.toString()),
        wanted,
      );
      // On top of a copy of what was below, it makes what the container saw.
      await unpackBytes(bytes, canary, { whiteouts: 'remove' });
      assert.deepEqual(look(canary), merged);
    }));

  it('says what differs between two trees, with the folders above it', () =>
    withTrees(async ({ tree, canary }) => {
      const both = [
        entry('directory', '.'),
        entry('file', 'a/b/c/same', hello),
        entry('file', 'a/b/c/changed', hello),
        entry('file', 'a/gone', hello),
        entry('file', 'd/x', hello),
        entry('directory', 'f'),
        entry('file', 'g', hello),
        entry('link', 'h', { target: 'g' }),
      ];
      fs.rmSync(join(canary, 'file'));
      for (const into of [tree, canary]) await unpackBytes(await archive(...both), into);
      const folders = sh('find . -type d -exec touch -d @1 {} +; find . -type d', tree).trim().split('\n');
      sh('find . -type d -exec touch -d @1 {} +', canary);
      assert.equal(folders.length, 6);
      assert.deepEqual(await names({ upper: tree, lower: canary, whiteouts: 'remove' }), []);
      sh('printf more >>a/b/c/changed; rm -r d; printf d >d; rmdir f; rm a/gone; chmod 0600 g; touch -d @1 . a', tree);
      const bytes = await collected(pack({ upper: tree, lower: canary, whiteouts: 'remove' }));
      const wanted = ['./', 'a/', 'a/b/', 'a/b/c/', 'a/b/c/changed', 'a/.wh.gone', 'd', '.wh.f', 'g', 'h'];
      assert.deepEqual(
        (await readBack(bytes)).map(({ path }) => path.toString()),
        wanted,
      );
      await unpackBytes(bytes, canary, { whiteouts: 'remove' });
      assert.deepEqual(look(canary), look(tree));
    }));

  it('takes the whiteouts of aufs as they are, and leaves its books', () =>
    withTrees(async ({ tree }) => {
      const branch = ['.wh.gone', '.wh..wh.aufs', '.wh..wh.plnk/1', '.wh..wh.orph/2', 'd/.wh..wh..opq', 'd/f'];
      await unpackBytes(await archive(...branch.map((path) => entry('file', path))), tree, { whiteouts: 'none' });
      assert.deepEqual(await names({ upper: tree, whiteouts: 'aufs' }), [
        './',
        '.wh.gone',
        'd/',
        'd/.wh..wh..opq',
        'd/f',
      ]);
    }));

  itWith('setfattr', 'refuses what a layer could not say: names that begin with .wh., and overlay’s redirects', () =>
    withTrees(async ({ tree }) => {
      fs.writeFileSync(join(tree, '.wh.x'), '');
      await assert.rejects(names({ upper: tree, whiteouts: 'overlay' }), { code: 'ARCHIVE_INVALID' });
      fs.rmSync(join(tree, '.wh.x'));
      fs.mkdirSync(join(tree, 'd'));
      sh('setfattr -n trusted.overlay.redirect -v /elsewhere d', tree);
      await assert.rejects(names({ upper: tree, whiteouts: 'overlay' }), { code: 'UNSUPPORTED' });
    }),
  );

  itWith('setfattr', 'leaves out sockets, labels and what overlay keeps for itself', () =>
    withTrees(async ({ tree }) => {
      sh(
        `python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind("s")'; printf x >f; setfattr -n trusted.overlay.origin -v x f; setfattr -n security.selinux -v x f`,
        tree,
      );
      const entries = await readBack(await collected(pack({ upper: tree, whiteouts: 'overlay' })));
      assert.deepEqual(
        entries.map(({ path, xattrs }) => [path.toString(), xattrs]),
        [
          ['./', undefined],
          ['f', undefined],
        ],
      );
    }),
  );
});
