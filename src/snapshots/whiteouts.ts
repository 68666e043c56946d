/**
 * "It is not there any more": how a layer says so in an archive, and how a file system does.
 *
 * A layer can only add. To take `etc/motd` away from the layers below, its archive has a file `etc/.wh.motd`; to take
 * away everything below in `etc`, it has `etc/.wh..wh..opq` (OCI image spec, layer.md; the names are aufs's own). On disk
 *
 *     overlay   a character device 0:0 at the name itself; an attribute `trusted.overlay.opaque` = y of the directory
 *     aufs      the very files that the archive has
 *     remove    nothing: the tree has a copy of what is below, so the thing itself is removed from it
 *
 * A name that begins with `.wh.` can therefore never be an ordinary file of a layer, and one that makes no name or a path
 * of what follows (`.wh.`, `.wh..`, `.wh...`) is an attack on whoever cuts the prefix off and deletes the rest.
 *
 * Pure: what to do comes out as data, and whoever holds the directory does it. Names are bytes.
 * Documentation/filesystems/overlayfs.rst, "whiteouts and opaque directories"; aufs(5).
 */
import { DrydockError } from '../errors.ts';
import { S_IFCHR, S_IFDIR, S_IFMT } from '../linux/constants.ts';

export type Whiteouts = 'overlay' | 'aufs' | 'remove';

/** What a name in an archive's directory means. */
export type Meaning =
  | { readonly is: 'entry' }
  | { readonly is: 'whiteout'; readonly hides: Buffer }
  | { readonly is: 'opaque' }
  | { readonly is: 'aufs-own' };

/** What is to be done for a whiteout or an opaque mark, in the directory that it stands in. */
export type Act =
  | { readonly call: 'mknod'; readonly name: Buffer; readonly mode: number; readonly device: bigint }
  | { readonly call: 'setxattr'; readonly name: string; readonly value: Buffer }
  | { readonly call: 'create'; readonly name: Buffer }
  | { readonly call: 'remove'; readonly name: Buffer }
  | { readonly call: 'empty' };

const PREFIX = Buffer.from('.wh.');
/** In a directory of an archive: nothing of those below shows in it. */
export const OPAQUE = Buffer.from('.wh..wh..opq');
/** aufs's own housekeeping begins so (`.wh..wh.aufs`, `.wh..wh.plnk`): it is in archives of old, and means nothing. */
const OWN = Buffer.from('.wh..wh.');

const startsWith = (name: Buffer, prefix: Buffer): boolean => name.subarray(0, prefix.length).equals(prefix);

/** Whether a name could be taken for a mark, or is one. */
export const isMark = (name: Buffer): boolean => startsWith(name, PREFIX);

/** The mark that hides a name. */
export const whiteoutOf = (hidden: Buffer): Buffer => Buffer.concat([PREFIX, hidden]);

/** The attribute that makes a directory opaque. */
export const opaqueAttribute = (userxattr: boolean): string => `${userxattr ? 'user' : 'trusted'}.overlay.opaque`;

/** What a name in a layer's archive means; the last component alone. Throws UNSAFE_PATH for a mark that hides no name. */
export function meaningOf(name: Buffer): Meaning {
  if (!isMark(name)) return { is: 'entry' };
  if (name.equals(OPAQUE)) return { is: 'opaque' };
  if (startsWith(name, OWN)) return { is: 'aufs-own' };
  const hides = name.subarray(PREFIX.length);
  if (['', '.', '..'].includes(hides.toString('latin1')) || hides.includes('/') || hides.includes(0)) {
    throw new DrydockError('UNSAFE_PATH', `${name.toString()}: this whiteout hides nothing that could be a name`);
  }
  return { is: 'whiteout', hides };
}

/** What has to be done on disk for a mark of an archive; nothing for an entry, which is not one. */
export function onDisk(meaning: Meaning, whiteouts: Whiteouts, userxattr = false): Act | undefined {
  switch (meaning.is) {
    case 'entry':
    case 'aufs-own':
      return undefined;
    case 'whiteout':
      if (whiteouts === 'overlay') return { call: 'mknod', name: meaning.hides, mode: S_IFCHR, device: 0n };
      if (whiteouts === 'aufs') return { call: 'create', name: whiteoutOf(meaning.hides) };
      return { call: 'remove', name: meaning.hides };
    case 'opaque':
      if (whiteouts === 'overlay')
        return { call: 'setxattr', name: opaqueAttribute(userxattr), value: Buffer.from('y') };
      if (whiteouts === 'aufs') return { call: 'create', name: OPAQUE };
      return { call: 'empty' };
  }
}

/** What is on disk: a name in a directory, its type and device, and the value of its `opaqueAttribute`, if it has one. */
export interface Found {
  readonly name: Buffer;
  readonly mode: number;
  readonly rdev: bigint;
  readonly opaque?: Buffer;
}

/** What something on disk means. An overlay directory that is opaque is an entry, too; aufs has the mark as a file in it. */
export function fromDisk({ name, mode, rdev, opaque }: Found, whiteouts: Whiteouts): Meaning {
  if (whiteouts === 'aufs') return meaningOf(name);
  if (whiteouts === 'remove') return { is: 'entry' };
  const type = mode & S_IFMT;
  if (type === S_IFCHR && rdev === 0n) return { is: 'whiteout', hides: name };
  if (type === S_IFDIR && opaque?.toString() === 'y') return { is: 'opaque' };
  return { is: 'entry' };
}

/** The name that a mark has in an archive: beside what it hides, or in the directory that is opaque, before all else there. */
export function archiveName(meaning: Meaning): Buffer | undefined {
  if (meaning.is === 'whiteout') return whiteoutOf(meaning.hides);
  return meaning.is === 'opaque' ? OPAQUE : undefined;
}
