/**
 * The root file system of an engine's container: its layers, mounted while it runs.
 *
 * An isolator although it isolates nothing: what it takes is claimed before it is made, so that whatever crashes, the
 * mount is found by the claim. The layers themselves stay until somebody removes the container.
 */
import { closeSync } from 'node:fs';
import { join } from 'node:path';
import { DrydockError } from '../errors.ts';
import { isSyscallError } from '../linux/calls.ts';
import { ENOTDIR } from '../linux/errno.ts';
import { openRoot } from '../linux/rooted.ts';
import type { Isolator } from '../runtime/isolator.ts';
import { mountAll, unmountAll, type Mount } from '../snapshots/mount.ts';

type Claim = { readonly rootfs: string };

export const rootfsOf = (folder: string): string => join(folder, 'rootfs');

/** Where the layers are mounted while a container is being made. */
export const makingOf = (folder: string): string => join(folder, 'init');

/** To put in front of a stack whose spec has `rootfs` as its root. Without mounts it only gives back. */
export function layers(rootfs: string, mounts: readonly Mount[] = []): Isolator<Claim> {
  return {
    name: 'layers',
    summary: 'the layers of its image, and one of its own, as its files',
    claim: () => ({ rootfs }),
    prepare: (_claim, _host, spec) => mountLayers(mounts, rootfs, spec.process.cwd),
    release: (claim) => unmountAll(claim.rootfs),
  };
}

/** Mounts them, with the directory that the program starts in. */
export function mountLayers(mounts: readonly Mount[], rootfs: string, cwd: string): void {
  mountAll(mounts, rootfs);
  // Docker makes it where the image has none: in the container's layer, so that commit keeps it.
  const tree = openRoot(rootfs);
  try {
    closeSync(tree.mkdirs(cwd, 0o755));
  } catch (error) {
    if (!isSyscallError(error, ENOTDIR)) throw error;
    throw new DrydockError('BAD_USAGE', `Cannot mkdir: ${cwd} is not a directory`, {
      hint: 'the program starts in a directory: -w, or WORKDIR of the image',
      cause: error,
    });
  } finally {
    tree.close();
  }
}
