/**
 * Which storage driver: the one that was named, or the first of an order that works here.
 *
 *     auto        overlay, btrfs, vfs                              what one takes today
 *     auto-2015   aufs, btrfs, devicemapper, overlay, vfs          what Docker 1.6 took, in its order
 *
 * Whether one works is found out by its `open`, which tries and says why not. `vfs` always does. A driver sees its own snapshots
 * alone, so a choice that changes hides what was pulled before; nothing is lost, and the old choice by name shows it again.
 */
import { DrydockError } from '../errors.ts';
import { didYouMean } from '../nearest.ts';
import { aufs } from './aufs.ts';
import { btrfs } from './btrfs.ts';
import { devicemapper } from './devicemapper.ts';
import type { Driver } from './driver.ts';
import { overlay } from './overlay.ts';
import { driverNames, type DriverName, type Snapshotter } from './snapshotter.ts';
import { openStore } from './store.ts';
import { vfs } from './vfs.ts';

const drivers: Readonly<Record<DriverName, () => Driver>> = {
  overlay,
  aufs,
  btrfs: () => btrfs,
  devicemapper: () => devicemapper(),
  vfs: () => vfs,
};

const orders = {
  auto: ['overlay', 'btrfs', 'vfs'],
  'auto-2015': ['aufs', 'btrfs', 'devicemapper', 'overlay', 'vfs'],
} as const satisfies Record<string, readonly DriverName[]>;

/** What `--storage-driver` takes. */
export const choices: readonly string[] = [...Object.keys(orders), ...driverNames];

/** The snapshots in this folder, by the driver that `choice` comes to. Throws BAD_USAGE, DRIVER_UNSUPPORTED. */
export async function openSnapshots(folder: string, choice = 'auto'): Promise<Snapshotter> {
  if (isName(choice)) return openStore(drivers[choice](), folder);
  if (!isOrder(choice)) {
    throw new DrydockError('BAD_USAGE', `there is no storage driver '${choice}'`, {
      hint: didYouMean(choice, choices),
    });
  }
  return firstThatWorks(folder, orders[choice]);
}

async function firstThatWorks(folder: string, order: readonly DriverName[]): Promise<Snapshotter> {
  const reasons: string[] = [];
  for (const name of order) {
    try {
      return await openStore(drivers[name](), folder);
    } catch (error) {
      if (!(error instanceof DrydockError) || error.code !== 'DRIVER_UNSUPPORTED') throw error;
      reasons.push(error.message);
    }
  }
  throw new DrydockError('DRIVER_UNSUPPORTED', `no storage driver works in ${folder}: ${reasons.join('; ')}`);
}

const isName = (choice: string): choice is DriverName => Object.hasOwn(drivers, choice);
const isOrder = (choice: string): choice is keyof typeof orders => Object.hasOwn(orders, choice);
