/**
 * The root file system of a container that was made of an image: its layers, mounted.
 *
 * An isolator although it isolates nothing, as the lab's (src/lab/rootfs.ts): what it takes is claimed before it is made, so
 * that whatever crashes, `doctor --repair` finds the mount and the layers by the claim.
 */
import { closeSync, existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { removeLayers } from '../../images/init-layer.ts';
import { openRoot } from '../../linux/rooted.ts';
import type { Isolator } from '../../runtime/isolator.ts';
import { openSnapshots } from '../../snapshots/choose.ts';
import { mountAll, unmountAll, type Mount } from '../../snapshots/mount.ts';

type Claim = {
  readonly id: string;
  /** DRYDOCK_ROOT/containers/<id>. */
  readonly folder: string;
  /** Where the snapshots are, and whose. */
  readonly snapshots: string;
  readonly driver: string;
};

export const rootfsOf = (folder: string): string => join(folder, 'rootfs');

/** To put in front of a stack whose spec has `rootfsOf(folder)` as its root. Without mounts it only gives back. */
export function imageRootfs(claim: Claim, mounts: readonly Mount[]): Isolator<Claim> {
  return {
    name: 'image',
    summary: 'the layers of an image as its files',
    claim: () => claim,
    prepare({ folder }, _host, spec) {
      const rootfs = rootfsOf(folder);
      mountAll(mounts, rootfs);
      // Docker makes it where the image has none: in the container's layer, so that commit keeps it.
      const tree = openRoot(rootfs);
      try {
        closeSync(tree.mkdirs(spec.process.cwd, 0o755));
      } finally {
        tree.close();
      }
    },
    release: giveBack,
  };
}

/** For `doctor --repair`: whose claims it gives back is in them. */
export const leftImage: Isolator<Claim> = imageRootfs({ id: '', folder: '', snapshots: '', driver: '' }, []);

/** Everything of a container: idempotent. */
export async function giveBack({ id, folder, snapshots: place, driver }: Claim): Promise<void> {
  unmountAll(rootfsOf(folder));
  const snapshots = await openSnapshots(place, driver);
  try {
    await removeLayers({ snapshots }, id);
  } finally {
    await snapshots.close();
  }
  if (existsSync(folder)) rmSync(folder, { recursive: true });
}
