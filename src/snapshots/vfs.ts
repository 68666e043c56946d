/**
 * The driver that always works: every snapshot is a whole copy of its parent, in a plain directory.
 *
 * It costs the size of the image for each layer and each container, except where the file system can share data between
 * files (reflink: btrfs, xfs). It never shares by hard links: a hard link is the same file, and a container that writes
 * into its own would write into the image and into every other container.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Chain, Driver } from './driver.ts';
import type { Place } from './record.ts';
import { copyTree, measure } from './tree.ts';

const TREE = 'fs';
const treeOf = ({ folder }: Place): string => join(folder, TREE);

/** What a view shows is its parent's own tree; it needs none. */
const shown = (at: Place, [parent]: Chain): string => treeOf(at.record.kind === 'view' && parent ? parent : at);

export const vfs: Driver = {
  name: 'vfs',
  stacking: false,
  open: () => undefined,
  async make(at, [parent]) {
    if (!parent) mkdirSync(treeOf(at), { mode: 0o755 });
    else if (at.record.kind === 'active') await copyTree(treeOf(parent), treeOf(at));
  },
  destroy: () => undefined, // Plain files go with their folder.
  mounts(at, chain) {
    const flag = at.record.kind === 'view' ? 'ro' : 'rw';
    return [{ type: 'bind', source: shown(at, chain), options: ['rbind', flag] }];
  },
  usage: (at, chain) => (shown(at, chain) === treeOf(at) ? measure(treeOf(at)) : { size: 0, inodes: 0 }),
  async withTarget(at, body) {
    return body({ folder: treeOf(at), whiteouts: 'remove', userxattr: false });
  },
  async withDifference(at, chain, body) {
    const lower = chain[0] && treeOf(chain[0]);
    return body({ upper: shown(at, chain), lower, whiteouts: 'remove', userxattr: false });
  },
};
