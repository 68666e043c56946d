/** The suite for overlay, as this kernel has it, and as Linux 3.18 did: with one lower directory; and what only overlay has. */
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { errno } from '../../../src/linux/errno.ts';
import { features } from '../../../src/linux/features.ts';
import { openSnapshots } from '../../../src/snapshots/choose.ts';
import { withMounted } from '../../../src/snapshots/mount.ts';
import { folder, fresh, leavesNothing, skip } from '../support.ts';
import { candidates } from './drivers.ts';
import { suite } from './suite.ts';

suite(candidates.overlay);
suite(candidates.overlayOneLower);

describe('the storage driver overlay, in a place that is not easy', () => {
  leavesNothing();
  let place: string;
  before(function () {
    if (!features().overlay) skip(this, 'this kernel has no overlay');
  });
  beforeEach(() => mkdirSync((place = join(folder, fresh('place')))));
  afterEach(() => rmSync(place, { recursive: true }));

  it('stacks layers in a folder whose name has all that parts options', async () => {
    const snapshots = await openSnapshots(join(place, 'a:b,c\\d e'), 'overlay');
    let parent: string | undefined;
    for (const name of ['one', 'two', 'six']) {
      await snapshots.prepare('key', parent);
      await snapshots.withTarget('key', ({ folder: target }) => writeFileSync(join(target, name), name));
      await snapshots.commit(name, 'key');
      parent = name;
    }
    await withMounted(await snapshots.prepare('box', parent), join(folder, fresh('mounted')), (path) => {
      assert.deepEqual(readdirSync(path).sort(), ['one', 'six', 'two']);
      writeFileSync(join(path, 'one'), 'changed');
    });
    const changes = (await snapshots.changes('box')).map(({ kind, path }) => `${kind} ${path.toString()}`);
    assert.deepEqual(changes, ['changed one']);
  });

  it('says what the kernel says when the disk is full, and leaves nothing', async () => {
    const disk = join(place, 'disk');
    await withMounted([{ type: 'tmpfs', source: 'tmpfs', options: ['size=1m'] }], disk, async () => {
      const snapshots = await openSnapshots(disk, 'overlay');
      await snapshots.prepare('box');
      const look = (): string[] => readdirSync(join(disk, 'overlay'), { recursive: true }).map(String).sort();
      const before = look();
      assert.throws(() => writeFileSync(join(disk, 'filler'), Buffer.alloc(2 * 1024 * 1024)), { code: 'ENOSPC' });
      await assert.rejects(snapshots.prepare('more'), { code: 'SYSCALL', errno: errno.ENOSPC });
      await assert.rejects(snapshots.commit('name', 'box'), { code: 'SYSCALL', errno: errno.ENOSPC });
      rmSync(join(disk, 'filler'));
      assert.deepEqual(await snapshots.cleanup(), []);
      assert.deepEqual(look(), before);
      await snapshots.commit('name', 'box');
    });
  });
});
