/**
 * Short names for the layers of a stack: `l/k3x9q` is a link to `../<snapshot>/fs`.
 *
 * A mount's options must fit in a page (option-page.ts), and names of 71 characters are too long for 128 layers. A second
 * gain: aufs and overlay take colons for what parts their directories, and the names of chain IDs have one.
 *
 * A link points at the name that its snapshot is going to have. So it leads nowhere until then, and for the moment within
 * a commit between its own rename and that of the folder; nobody can have the snapshot as a parent that early.
 */
import { mkdirSync, readdirSync, readlinkSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { Json } from './driver.ts';
import type { Place } from './record.ts';

const FOLDER = 'l';
/** The folder of a layer's own part. */
export const TREE = 'fs';

const targetOf = (name: string): string => `../${name}/${TREE}`;
const linkOf = ({ record }: Place): string => (record.claim as { link: string }).link;

export function makeLinksFolder(root: string): void {
  mkdirSync(join(root, FOLDER), { recursive: true, mode: 0o700 });
}

/** A new link; its name is the claim. */
export function claimLink(root: string, name: string): Json {
  for (;;) {
    const link = Math.floor(Math.random() * 36 ** 5).toString(36);
    try {
      symlinkSync(targetOf(name), join(root, FOLDER, link));
      return { link };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}

/** The path by which a layer is known to a mount. */
export const linkPath = (root: string, at: Place): string => join(root, FOLDER, linkOf(at));

/** From now on it leads to another name. */
export function pointLink(root: string, at: Place, name: string): void {
  const path = linkPath(root, at);
  rmSync(`${path}.new`, { force: true });
  symlinkSync(targetOf(name), `${path}.new`);
  renameSync(`${path}.new`, path);
}

export function removeLink(root: string, at: Place): void {
  rmSync(linkPath(root, at), { force: true });
}

/** Removes the links to which no snapshot has a claim. */
export function removeStrayLinks(root: string, claims: readonly Json[]): string[] {
  const claimed = new Set(claims.map((claim) => (claim as { link: string }).link));
  const stray = readdirSync(join(root, FOLDER)).filter((link) => !claimed.has(link));
  return stray.map((link) => {
    const path = join(root, FOLDER, link);
    const target = readlinkSync(path);
    rmSync(path);
    return `removed the link ${link}, which led to ${target}`;
  });
}
