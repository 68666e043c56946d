/** Which storage driver is taken, and what is said of one that cannot be. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { errno } from '../../../src/linux/errno.ts';
import { features, withFeatures } from '../../../src/linux/features.ts';
import { aufsKnown } from '../../../src/snapshots/aufs.ts';
import { choices, openSnapshots } from '../../../src/snapshots/choose.ts';
import { withMounted } from '../../../src/snapshots/mount.ts';
import { folder, fresh, leavesNothing, skip } from '../support.ts';
import { onBtrfs } from './drivers.ts';

describe('the choice of a storage driver', () => {
  leavesNothing();
  let root: string;
  beforeEach(() => mkdirSync((root = join(folder, fresh('snapshots')))));
  afterEach(() => rmSync(root, { recursive: true }));

  const opened = async (choice?: string): Promise<string> => (await openSnapshots(root, choice)).driver;
  const withoutOverlay = { ...features(), overlay: false };

  it('is overlay by default, and vfs where there is nothing better', async () => {
    assert.equal(await opened(), 'overlay');
    assert.equal(await withFeatures(withoutOverlay, () => opened('auto')), 'vfs');
    assert.deepEqual(readdirSync(root).sort(), ['overlay', 'vfs'], 'what was tried and does not work leaves no folder');
  });

  it('is btrfs on btrfs without overlay, and before overlay in the order of 2015', async function () {
    if (!/\tbtrfs$/m.test(readFileSync('/proc/filesystems', 'utf8'))) skip(this, 'this kernel has no btrfs');
    const there = onBtrfs();
    try {
      assert.equal((await openSnapshots(there.root, 'auto')).driver, 'overlay');
      assert.equal(await withFeatures(withoutOverlay, async () => (await openSnapshots(there.root)).driver), 'btrfs');
      if (!aufsKnown(readFileSync('/proc/filesystems', 'utf8')))
        assert.equal((await openSnapshots(there.root, 'auto-2015')).driver, 'btrfs');
    } finally {
      there.remove();
    }
  });

  it('gives the reason for a driver that was named and does not work', async () => {
    const refusal = (choice: string, reason: RegExp): Promise<void> =>
      assert.rejects(openSnapshots(root, choice), (error: { code: string; message: string }) => {
        assert.equal(error.code, 'DRIVER_UNSUPPORTED');
        assert.match(error.message, reason);
        return true;
      });
    const tmpfs = join(root, 'tmpfs');
    await withMounted([{ type: 'tmpfs', source: 'tmpfs', options: [] }], tmpfs, () =>
      assert.rejects(openSnapshots(tmpfs, 'btrfs'), {
        code: 'DRIVER_UNSUPPORTED',
        message: /is on tmpfs, and not on btrfs/,
      }),
    );
    await withFeatures(withoutOverlay, () => refusal('overlay', /no overlayfs \(it came with Linux 3\.18\)/));
    if (!aufsKnown(readFileSync('/proc/filesystems', 'utf8'))) await refusal('aufs', /has no aufs/);
    if (!existsSync('/dev/mapper/control')) await refusal('devicemapper', /has no device mapper/);
    assert.deepEqual(readdirSync(root), []);
  });

  it('finds out that overlay cannot write to another overlay, or does not', async () => {
    for (const part of ['lower', 'upper', 'work']) mkdirSync(join(root, part));
    const options = [`lowerdir=${root}/lower`, `upperdir=${root}/upper`, `workdir=${root}/work`];
    await withMounted([{ type: 'overlay', source: 'overlay', options }], join(root, 'merged'), async (merged) => {
      await assert.rejects(
        openSnapshots(merged, 'overlay'),
        (error: { code: string; message: string; cause: object }) => {
          assert.equal(error.code, 'DRIVER_UNSUPPORTED');
          assert.match(error.message, /a trial in .* was refused/);
          assert.equal((error.cause as { errno: number }).errno, errno.EINVAL);
          return true;
        },
      );
      assert.equal((await openSnapshots(merged, 'auto')).driver, 'vfs');
    });
  });

  it('is refused for a name that nobody knows, with the nearest', async () => {
    await assert.rejects(openSnapshots(root, 'overlay2'), { code: 'BAD_USAGE', hint: /did you mean 'overlay'/ });
    assert.deepEqual([...choices].sort(), ['aufs', 'auto', 'auto-2015', 'btrfs', 'devicemapper', 'overlay', 'vfs']);
  });
});
