/**
 * The two layers of a container on its image, as Docker has them.
 *
 *     <id>        what the container writes
 *     <id>-init   the places that the engine mounts its own files on: /etc/hosts and its like, /dev, /.dockerenv
 *     image       the chain ID of its top layer
 *
 * The mount points have a layer of their own so that they are no change of the container's: `diff` does not show them,
 * and `commit` does not put them into an image. What the image has there already stays.
 *
 * The image's tree is not trusted: where it has links, they are followed inside it and nowhere else.
 */
import { closeSync } from 'node:fs';
import { DrydockError } from '../errors.ts';
import { isSyscallError } from '../linux/calls.ts';
import { errno } from '../linux/errno.ts';
import { openRoot, type Rooted } from '../linux/rooted.ts';
import { withMounted, type Mount } from '../snapshots/mount.ts';
import type { Image, Store } from './images.ts';
import { ensureUnpacked } from './unpack.ts';

const directories = ['/dev', '/dev/pts', '/dev/shm', '/proc', '/sys', '/etc'];
/** Empty, and 0755: what is mounted over them has a mode of its own. */
const files = ['/.dockerenv', '/dev/console', '/etc/hostname', '/etc/hosts', '/etc/resolv.conf'];
const links: Readonly<Record<string, string>> = { '/etc/mtab': '/proc/mounts' };

export const initKey = (id: string): string => `${id}-init`;

export interface Layers {
  /** Of the container's own layer, on everything below. */
  readonly mounts: readonly Mount[];
}

/**
 * Makes both layers. `look` is run on the tree below the container's own layer, mounted: whoever has to look into the
 * image, or to copy out of it, does it there. `scratch` is a folder's name that does not exist yet.
 */
export async function makeLayers(
  store: Store,
  image: Pick<Image, 'layers'>,
  { id, scratch, look }: { id: string; scratch: string; look?: (tree: string) => Promise<void> | void },
): Promise<Layers> {
  const { snapshots } = store;
  await ensureUnpacked(store, image);
  const making = `${initKey(id)}-new`;
  try {
    const mounts = await snapshots.prepare(making, image.layers.at(-1)?.chainId);
    await withMounted(mounts, scratch, async (tree) => {
      makeMountPoints(tree);
      await look?.(tree);
    });
    await snapshots.commit(initKey(id), making);
    return { mounts: await snapshots.prepare(id, initKey(id)) };
  } catch (error) {
    await removeLayers(store, id);
    throw error;
  }
}

/** Takes both away, and what a crash has left of making them; nothing is there, nothing is done. */
export async function removeLayers({ snapshots }: Pick<Store, 'snapshots'>, id: string): Promise<void> {
  for (const name of [id, initKey(id), `${initKey(id)}-new`])
    await snapshots.remove(name).catch((error: unknown) => {
      if (!(error instanceof DrydockError) || error.code !== 'SNAPSHOT_MISSING') throw error;
    });
}

function makeMountPoints(folder: string): void {
  const tree = openRoot(folder);
  try {
    for (const path of directories) unlessThere(() => closeSync(tree.mkdirs(path, 0o755)));
    for (const path of files) unlessThere(() => makeFile(tree, path));
    for (const [path, target] of Object.entries(links)) unlessThere(() => tree.symlink(target, path));
  } finally {
    tree.close();
  }
}

function makeFile(tree: Rooted, path: string): void {
  closeSync(tree.createFile(path, 0o755));
  tree.chmod(path, 0o755);
}

/** An image that has a file where others have a directory has its reasons; who mounts there will say what is wrong. */
function unlessThere(body: () => void): void {
  try {
    body();
  } catch (error) {
    if (!isSyscallError(error, errno.EEXIST, errno.ENOTDIR, errno.ENOENT, errno.ELOOP)) throw error;
  }
}
