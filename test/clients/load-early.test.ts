/** `load` from a pipe: what an archive is for is written at its end. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import type { Store } from '../../src/images/images.ts';
import { loadImages } from '../../src/images/load.ts';
import { openStore } from '../../src/images/store.ts';
import { filesInTrees, layoutOf } from './images-support.ts';
import { eventually, freshFolder } from './support.ts';

describe('an archive of images that comes through a pipe', function () {
  this.timeout(60_000);
  const folder = freshFolder('load-early');
  /** Blobs first, index.json last. */
  let archive: Buffer;

  before('an image of one large layer', () => {
    const [tree, layout] = [join(folder, 'tree'), join(folder, 'layout')];
    mkdirSync(tree);
    writeFileSync(join(tree, 'first'), 'the first file\n');
    writeFileSync(join(tree, 'large'), randomBytes(3_000_000));
    layoutOf(layout, [tree], {});
    execFileSync('tar', ['-C', tree, '-cf', join(layout, 'blobs/stray.tar'), '.']);
    execFileSync('tar', ['-C', layout, '-cf', join(folder, 'image.tar'), 'blobs', 'oci-layout', 'index.json']);
    archive = readFileSync(join(folder, 'image.tar'));
  });

  const withStore = async (body: (store: Store) => Promise<void>): Promise<void> => {
    const store = await openStore(mkdtempSync(join(folder, 'store-')), { driver: 'overlay' });
    try {
      await body(store);
      assert.deepEqual(readdirSync(join(store.content.folder, 'ingest')), []);
      const half = (await store.snapshots.walk()).filter(({ kind }) => kind !== 'committed');
      assert.deepEqual(half, []);
    } finally {
      await store.snapshots.close();
    }
  };

  it('is unpacked before it has said what is in it, and what is no layer does not stay', () =>
    withStore(async (store) => {
      const pipe = new PassThrough();
      const loading = loadImages(store, pipe);
      const end = archive.lastIndexOf('index.json');
      pipe.write(archive.subarray(0, end));
      await eventually('its first file', () => filesInTrees(store.root).includes('first'));
      assert.deepEqual(store.db.read().images, {});
      pipe.end(archive.subarray(end));
      assert.equal((await loading).length, 1);
      assert.deepEqual(filesInTrees(store.root).toSorted(), ['first', 'large']);
    }));

  it('leaves nothing when the pipe is cut', () =>
    withStore(async (store) => {
      const pipe = new PassThrough();
      const loading = loadImages(store, pipe);
      pipe.write(archive.subarray(0, 2_000_000));
      await eventually('its first file', () => filesInTrees(store.root).includes('first'));
      pipe.destroy(new Error('cut'));
      await assert.rejects(loading, { message: 'cut' });
      assert.deepEqual(await store.snapshots.walk(), []);
      assert.deepEqual(await store.content.list(), []);
    }));
});
