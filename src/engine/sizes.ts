/** How much a container has written (`SizeRw`), and how much that is with its image (`SizeRootFs`). */
import type { Digest } from '../content/digest.ts';
import { sizeOfLayer } from '../images/db.ts';
import { readImage } from '../images/find.ts';
import type { Store } from '../images/images.ts';
import type { Container } from './container.ts';
import type { Engine } from './engine.ts';

export async function sizesOf(
  { store }: Engine,
  { id, record }: Container,
): Promise<{ SizeRw: number; SizeRootFs: number }> {
  const { size } = await store.snapshots.usage(id);
  const below = (await sizeOfImage(store, record.Image as Digest)) ?? (await sizeBelow(store, id));
  return { SizeRw: size, SizeRootFs: size + below };
}

/** Undefined for one that has been removed. */
async function sizeOfImage(store: Store, id: Digest): Promise<number | undefined> {
  const data = store.db.read();
  if (!data.images[id]) return undefined;
  const { layers } = await readImage(store, id, data);
  return layers.reduce((sum, { diffId }) => sum + sizeOfLayer(data, diffId), 0);
}

/** Of an image that went from under its container by force only the layers are left: they are counted on the disk. */
async function sizeBelow({ snapshots }: Store, id: string): Promise<number> {
  let sum = 0;
  for (let { parent } = await snapshots.stat(id); parent !== undefined; { parent } = await snapshots.stat(parent))
    sum += (await snapshots.usage(parent)).size;
  return sum;
}
