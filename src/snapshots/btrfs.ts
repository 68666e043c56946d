/**
 * btrfs: a snapshot is a subvolume, and making one from its parent is one call that takes as long for a gigabyte as for
 * nothing (btrfs-subvolume(8)). Nothing is stacked: every tree is whole, and files share their blocks below the names.
 *
 *     snapshots/btrfs/<name>/fs        a subvolume; read-only once it is committed
 *
 * The folder of the snapshots must lie on a btrfs. A container may make subvolumes inside its own; they go with it.
 */
import { existsSync, chmodSync } from 'node:fs';
import { join } from 'node:path';
import { createSubvolume, destroySubvolume, setReadOnly, snapshotSubvolume } from '../linux/btrfs.ts';
import { fileSystems } from '../linux/constants.ts';
import { native } from '../linux/native.ts';
import { measureChanges } from './changes.ts';
import { unsupported, type Chain, type Driver } from './driver.ts';
import type { Place } from './record.ts';

const TREE = 'fs';
const treeOf = ({ folder }: Place): string => join(folder, TREE);
const shown = (at: Place, [parent]: Chain): string => treeOf(at.record.kind === 'view' && parent ? parent : at);

/** Of the file systems that we know the name; of others the number. */
function fileSystemOf(folder: string): string {
  const { type } = native.statfs(folder);
  const known = Object.entries(fileSystems).find(([, magic]) => magic === type);
  return known?.[0] ?? `a file system of type 0x${type.toString(16)}`;
}

export const btrfs: Driver = {
  name: 'btrfs',
  stacking: false,
  open(root) {
    const there = fileSystemOf(root);
    if (there !== 'btrfs') throw unsupported('btrfs', `${root} is on ${there}, and not on btrfs`);
  },
  make(at, [parent]) {
    if (parent && at.record.kind === 'view') return;
    if (parent) return snapshotSubvolume(treeOf(parent), at.folder, TREE);
    createSubvolume(at.folder, TREE);
    chmodSync(treeOf(at), 0o755); // whatever the umask
  },
  seal: (at) => setReadOnly(treeOf(at), true),
  destroy(at) {
    if (existsSync(treeOf(at))) destroySubvolume(at.folder, TREE);
  },
  mounts(at, chain) {
    const flag = at.record.kind === 'view' ? 'ro' : 'rw';
    return [{ type: 'bind', source: shown(at, chain), options: ['rbind', flag] }];
  },
  // Blocks that are shared cannot be told apart by looking at files: what differs from the parent is what it costs.
  usage: (at, chain) => measureChanges(shown(at, chain), chain[0] && treeOf(chain[0])),
  async withTarget(at, body) {
    return body({ folder: treeOf(at), whiteouts: 'remove', userxattr: false });
  },
  async withDifference(at, chain, body) {
    return body({
      upper: shown(at, chain),
      lower: chain[0] && treeOf(chain[0]),
      whiteouts: 'remove',
      userxattr: false,
    });
  },
};
