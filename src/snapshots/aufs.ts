/**
 * aufs, the driver that Docker began with. It was never in Linux; Debian and Ubuntu had it for years (aufs(5)).
 *
 * A snapshot's own part is a directory; a mount stacks them as *branches*, the writable one first:
 *
 *     br:/…/l/k3=rw:/…/l/9a=ro+wh:/…/l/b7=ro+wh
 *
 * `+wh` lets the read-only ones hide what lies below by their `.wh.` files, which are those of a layer's archive: unpacking
 * and packing translate nothing. Options must fit in a page, so branches that do not are appended by remounts.
 */
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { unsupported, type Driver } from './driver.ts';
import { claimLink, linkPath, makeLinksFolder, pointLink, removeLink, removeStrayLinks, TREE } from './links.ts';
import type { Mount } from './mount.ts';
import { OPTION_PAGE } from './option-page.ts';
import type { Place } from './record.ts';
import { copyRootFacts, measure } from './tree.ts';

/** dio: direct I/O works. xino: where aufs keeps its inode numbers, which the branches' own file systems cannot do. */
const OPTIONS = ['dio', 'xino=/dev/shm/aufs.xino'];

/** Mounts of these branches: one with as many as fit, and remounts that append the rest. */
export function branchMounts(writable: string | undefined, lower: readonly string[]): Mount[] {
  const words = lower.map((path) => `${path}=ro+wh`);
  if (writable !== undefined) words.unshift(`${writable}=rw`);
  const room = OPTION_PAGE - OPTIONS.join(',').length - 'br:,'.length;
  let fitting = 0;
  for (let length = -1; fitting < words.length; fitting++) {
    length += words[fitting]!.length + 1;
    if (length > room) break;
  }
  const flag = writable === undefined ? ['ro'] : [];
  const first = {
    type: 'aufs',
    source: 'none',
    options: [`br:${words.slice(0, fitting).join(':')}`, ...OPTIONS, ...flag],
  };
  const rest = words.slice(fitting).map((word) => ['remount', `append:${word}`, ...flag]);
  return [first, ...rest.map((options) => ({ type: 'aufs', source: 'none', options }))];
}

export const aufsKnown = (fileSystems: string): boolean => /^nodev\taufs$/m.test(fileSystems);

const treeOf = ({ folder }: Place): string => join(folder, TREE);

export function aufs(): Driver {
  let root = '';
  return {
    name: 'aufs',
    stacking: true,
    open(folder) {
      if (!aufsKnown(readFileSync('/proc/filesystems', 'utf8')))
        throw unsupported('aufs', 'this kernel has no aufs (/proc/filesystems does not name it)');
      root = folder;
      makeLinksFolder(root);
    },
    claim: (name) => claimLink(root, name),
    make(at, [parent]) {
      mkdirSync(treeOf(at), { mode: 0o755 });
      if (parent) copyRootFacts(treeOf(parent), treeOf(at));
    },
    adopt: (at, parent) => copyRootFacts(treeOf(parent), treeOf(at)),
    seal: (at) => pointLink(root, at, at.record.name),
    destroy: (at) => removeLink(root, at),
    mounts(at, chain) {
      const lower = chain.map((below) => linkPath(root, below));
      if (at.record.kind === 'view' && lower.length > 0) return branchMounts(undefined, lower);
      return branchMounts(linkPath(root, at), lower);
    },
    usage: (at) => measure(treeOf(at)),
    async withTarget(at, body) {
      return body({ folder: treeOf(at), whiteouts: 'aufs', userxattr: false });
    },
    async withDifference(at, _chain, body) {
      return body({ upper: treeOf(at), whiteouts: 'aufs', userxattr: false });
    },
    cleanup: (claims) => removeStrayLinks(root, claims),
  };
}
