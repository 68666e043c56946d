/**
 * What is mounted later in a folder appears on the other side only where the mount of the host that the folder lies on takes
 * part in that: shared for both directions, shared or slave for one (mount_namespaces(7), "Shared subtrees").
 *
 * As Docker's daemon/oci_linux.go; what nobody has asked for (resolve.ts) is taken as it can be.
 */
import { realpathSync } from 'node:fs';
import { DrydockError } from '../../errors.ts';
import { mountContaining, readMountinfo } from '../../linux/mountinfo.ts';
import type { HostConfig, MountPoint } from '../types.ts';
import { requestAt } from './lines.ts';
import { parseMode } from './modes.ts';

/** Throws BAD_USAGE for a propagation that was asked for and could not be. */
export function checkPropagation({ Source, Destination, Mode, Propagation }: MountPoint, asked: HostConfig): void {
  const wanted = parseMode(Mode)?.propagation ?? requestAt(asked, Destination)?.BindOptions?.Propagation;
  if (!wanted || !/shared|slave/.test(Propagation)) return;
  const { mountPoint, tags } = mountContaining(realpathSync(Source), readMountinfo())!;
  const isSlave = Propagation.endsWith('slave');
  if (tags.shared !== undefined || (isSlave && tags.master !== undefined)) return;
  const kind = isSlave ? 'a shared or slave' : 'a shared';
  throw new DrydockError('BAD_USAGE', `path ${Source} is mounted on ${mountPoint} but it is not ${kind} mount`, {
    hint: `mount --make-shared ${mountPoint}, or leave out ${Propagation}`,
  });
}
