/**
 * devicemapper: a snapshot is a block device with an ext4 on it, a copy of its parent's that shares all its blocks until
 * one of them writes. It was Docker's way where there was neither aufs nor overlay (thin-pool.ts).
 *
 * What differs cannot be seen on blocks, so a difference is found by mounting both and comparing files. And what is deleted
 * in a container frees blocks only when its file system tells the device: `discard` is among the options of its mounts.
 */
import { join } from 'node:path';
import { isSyscallError } from '../linux/calls.ts';
import { EBUSY } from '../linux/errno.ts';
import { MERGED, withAside } from './aside.ts';
import { measureChanges } from './changes.ts';
import type { Driver, Json } from './driver.ts';
import { withMounted, type Mount } from './mount.ts';
import type { Place } from './record.ts';
import { dockers, ThinPool, type PoolSizes } from './thin-pool.ts';

const deviceOf = (claim: Json): number => (claim as { device: number }).device;
const idOf = ({ record: { claim } }: Place): number => deviceOf(claim!);

export function devicemapper(sizes: PoolSizes = dockers): Driver {
  let root: string;
  let pool: ThinPool;

  const mountOf = (at: Place, flag: 'ro' | 'rw'): Mount => ({
    type: 'ext4',
    source: pool.activate(idOf(at)).path,
    options: [flag, 'discard'],
  });

  /** Runs `body` with a snapshot's tree. A device that somebody writes to can be mounted a second time only as they have it. */
  const withTree = <T>(at: Place, flag: 'ro' | 'rw', body: (folder: string) => Promise<T> | T): Promise<T> =>
    withAside(root, async (folder) => {
      const mounted = (as: 'ro' | 'rw'): Promise<T> => withMounted([mountOf(at, as)], join(folder, MERGED), body);
      try {
        return await mounted(flag);
      } catch (error) {
        if (flag === 'rw' || !isSyscallError(error, EBUSY) || error.call !== 'mount') throw error;
        return mounted('rw');
      }
    });

  const withBoth = <T>(
    at: Place,
    parent: Place | undefined,
    body: (upper: string, lower?: string) => Promise<T> | T,
  ): Promise<T> =>
    withTree(at, 'ro', (upper) => (parent ? withTree(parent, 'ro', (lower) => body(upper, lower)) : body(upper)));

  return {
    name: 'devicemapper',
    stacking: false,
    async open(folder) {
      root = folder;
      pool = new ThinPool(root, sizes);
      await pool.open();
    },
    claim(_name, taken) {
      const used = new Set(taken.map(deviceOf));
      let device = 1;
      while (used.has(device)) device++;
      return { device };
    },
    make: (at, [parent]) => pool.snapshot(idOf(at), parent && idOf(parent)),
    destroy: (at) => pool.delete(idOf(at)),
    mounts: (at) => [mountOf(at, at.record.kind === 'view' ? 'ro' : 'rw')],
    usage: (at, [parent]) => withBoth(at, parent, measureChanges),
    withTarget: (at, body) => withTree(at, 'rw', (folder) => body({ folder, whiteouts: 'remove', userxattr: false })),
    withDifference: (at, [parent], body) =>
      withBoth(at, parent, (upper, lower) => body({ upper, lower, whiteouts: 'remove', userxattr: false })),
    cleanup: (claims) => pool.cleanup(new Set(claims.map(deviceOf))),
    close: () => pool.close(),
  };
}
