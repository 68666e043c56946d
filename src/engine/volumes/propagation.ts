/**
 * What is mounted later in a folder appears on the other side only where the mount of the host that the folder lies on takes
 * part in that: shared for both directions, shared or slave for one (mount_namespaces(7), "Shared subtrees").
 *
 * As Docker's daemon/oci_linux.go; what is so without anybody's asking is taken as it can be.
 */
import { realpathSync } from 'node:fs';
import { resolve } from 'node:path';
import { DrydockError } from '../../errors.ts';
import { mountContaining, readMountinfo } from '../../linux/mountinfo.ts';
import type { MountPoint } from '../types.ts';

/**
 * Private, but for folders in which our own lie: were mounts in them held by a container, whoever unmounts a container's
 * files on the host would find them busy.
 */
export function defaultPropagation(source: string, root: string): string {
  const folder = source === '/' ? '/' : `${source}/`;
  return `${resolve(root)}/`.startsWith(folder) ? 'rslave' : 'rprivate';
}

/** Throws BAD_USAGE for a propagation that was asked for and could not be. */
export function checkPropagation({ Source, Propagation }: MountPoint, root: string): void {
  if (!/shared|slave/.test(Propagation) || Propagation === defaultPropagation(Source, root)) return;
  const { mountPoint, tags } = mountContaining(realpathSync(Source), readMountinfo())!;
  const isSlave = Propagation.endsWith('slave');
  if (tags.shared !== undefined || (isSlave && tags.master !== undefined)) return;
  const kind = isSlave ? 'a shared or slave' : 'a shared';
  throw new DrydockError('BAD_USAGE', `path ${Source} is mounted on ${mountPoint} but it is not ${kind} mount`, {
    hint: `mount --make-shared ${mountPoint}, or leave out ${Propagation}`,
  });
}
