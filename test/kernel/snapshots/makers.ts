/**
 * The drivers as the tests want them. Apart from drivers.ts, because a process that is going to be killed makes them, too.
 */
import { aufs } from '../../../src/snapshots/aufs.ts';
import { btrfs } from '../../../src/snapshots/btrfs.ts';
import { devicemapper } from '../../../src/snapshots/devicemapper.ts';
import type { Driver } from '../../../src/snapshots/driver.ts';
import { overlay } from '../../../src/snapshots/overlay.ts';
import type { DriverName } from '../../../src/snapshots/snapshotter.ts';
import { vfs } from '../../../src/snapshots/vfs.ts';

/** Small, because a guest's files may lie in memory. */
const sizes = { data: 2 * 1024 ** 3, metadata: 64 * 1024 ** 2, base: 256 * 1024 ** 2 };

export const makers: Readonly<Record<DriverName, () => Driver>> = {
  overlay,
  aufs,
  btrfs: () => btrfs,
  devicemapper: () => devicemapper(sizes),
  vfs: () => vfs,
};
