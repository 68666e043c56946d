/** The suite for btrfs, in a file system of its own on a file; and what only btrfs has. */
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createSubvolume, setReadOnly } from '../../../src/linux/btrfs.ts';
import { openStore } from '../../../src/snapshots/store.ts';
import { candidates, withDriver } from './drivers.ts';
import { suite } from './suite.ts';

suite(candidates.btrfs);

withDriver(candidates.btrfs, 'the storage driver btrfs, with subvolumes of a container’s own', (place) => {
  it('removes them with the snapshot, also read-only ones in one another', async () => {
    const snapshots = await openStore(candidates.btrfs.driver(), place());
    await snapshots.prepare('box');
    await snapshots.withTarget('box', ({ folder }) => {
      mkdirSync(join(folder, 'deep/down'), { recursive: true });
      createSubvolume(join(folder, 'deep/down'), 'outer');
      createSubvolume(join(folder, 'deep/down/outer'), 'inner');
      writeFileSync(join(folder, 'deep/down/outer/inner/file'), 'text');
      setReadOnly(join(folder, 'deep/down/outer/inner'), true);
      setReadOnly(join(folder, 'deep/down/outer'), true);
    });
    await snapshots.remove('box');
    assert.deepEqual(readdirSync(join(place(), 'btrfs')), []);
  });
});
