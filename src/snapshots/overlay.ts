/**
 * overlay, the driver that nearly everybody uses: a snapshot's own part is a directory, and the kernel shows a stack of
 * them as one tree (overlayfs, Linux 3.18; Documentation/filesystems/overlayfs.rst).
 *
 *     snapshots/overlay/<name>/fs      what this layer adds, replaces and deletes
 *                             /work    where the kernel makes ready what it then renames into fs, on the same file system
 *                             /flat    where a mount takes one lower directory: this and all below it as one tree
 *     snapshots/overlay/l/k3x9q        a link to ../<name>/fs (links.ts)
 *
 * Reading finds the topmost directory that has the name. The first write to a file copies it up from where it lies, whole;
 * so 1 byte in a file of 1 GB costs 1 GB. Deleting leaves a character device 0:0 in its place; a directory that was
 * deleted and made again is opaque (whiteouts.ts). The lower directories are never written to, and must not change.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { features } from '../linux/features.ts';
import { locked } from './aside.ts';
import { unsupported, type Chain, type Driver } from './driver.ts';
import { claimLink, linkPath, makeLinksFolder, pointLink, removeLink, removeStrayLinks, TREE } from './links.ts';
import type { Mount } from './mount.ts';
import { escaped } from './option-page.ts';
import { FLAT, flatten, removeTrials, tryOverlay, type OverlayKind } from './overlay-kernel.ts';
import type { Place } from './record.ts';
import { copyRootFacts, measure } from './tree.ts';

const treeOf = ({ folder }: Place): string => join(folder, TREE);

/**
 * The options that stack directories: `lower` in the order in which a name is looked up in them, on top of them what is
 * written to, if anything is. Colons part the lower ones and commas the options, so a path with one gets a backslash.
 */
export function stackOptions(lower: readonly string[], upper?: string, work?: string): string[] {
  const options = [`lowerdir=${lower.map((path) => escaped(path, ':')).join(':')}`];
  if (upper !== undefined && work !== undefined) options.push(`upperdir=${escaped(upper)}`, `workdir=${escaped(work)}`);
  return options;
}

/** A bind is enough where there is nothing to stack, and costs no options. */
const bind = (source: string, flag: 'ro' | 'rw'): Mount => ({ type: 'bind', source, options: ['rbind', flag] });

export function overlay(): Driver {
  let root = '';
  let kind: OverlayKind;

  /** The directories that a mount on top of this chain names as lower. */
  const lowerOf = (chain: Chain): string[] => {
    const nearest = chain[0]!;
    if (chain.length > 1 && !kind.manyLowers) return [join(nearest.folder, FLAT)];
    return chain.map((at) => linkPath(root, at));
  };
  const stacked = (options: readonly string[]): Mount => ({
    type: kind.type,
    source: 'overlay',
    options: [...options, ...kind.options],
  });
  const viewOf = (chain: Chain): Mount => {
    const nearest = chain[0]!;
    if (chain.length === 1) return bind(treeOf(nearest), 'ro');
    return kind.manyLowers ? stacked([...stackOptions(lowerOf(chain)), 'ro']) : bind(join(nearest.folder, FLAT), 'ro');
  };

  return {
    name: 'overlay',
    stacking: true,
    async open(folder) {
      if (!features().overlay) throw unsupported('overlay', 'this kernel has no overlayfs (it came with Linux 3.18)');
      // Locked, or a cleanup could take the trial for one that somebody has left.
      kind = await locked(folder, () => tryOverlay(folder));
      root = folder;
      makeLinksFolder(root);
    },
    claim: (name) => claimLink(root, name),
    async make(at, chain) {
      for (const part of [TREE, 'work']) mkdirSync(join(at.folder, part), { mode: 0o755 });
      if (chain[0]) copyRootFacts(treeOf(chain[0]), treeOf(at));
      if (chain.length > 1 && !kind.manyLowers)
        await flatten(
          at.folder,
          chain.map(({ folder: layer }) => layer),
          kind,
        );
    },
    adopt: (at, parent) => copyRootFacts(treeOf(parent), treeOf(at)),
    seal: (at) => pointLink(root, at, at.record.name),
    destroy: (at) => removeLink(root, at),
    mounts(at, chain) {
      if (at.record.kind === 'view' && chain.length > 0) return [viewOf(chain)];
      if (chain.length === 0) return [bind(treeOf(at), at.record.kind === 'view' ? 'ro' : 'rw')];
      return [stacked(stackOptions(lowerOf(chain), treeOf(at), join(at.folder, 'work')))];
    },
    usage: (at) => measure(treeOf(at)),
    async withTarget(at, body) {
      return body({
        folder: treeOf(at),
        whiteouts: 'overlay',
        userxattr: kind.userxattr,
      });
    },
    async withDifference(at, _chain, body) {
      return body({ upper: treeOf(at), whiteouts: 'overlay', userxattr: kind.userxattr });
    },
    cleanup: (claims) => [...removeTrials(root), ...removeStrayLinks(root, claims)],
  };
}
