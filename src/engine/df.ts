/**
 * `system df`: what lies on the disk, and who has it.
 *
 * Layers that several images have are counted once in the sum, and in each image that has them; `SharedSize` says how much
 * of an image it is that others have, too. What builds keep is no image here, and is counted for what it has beside them.
 */
import type { Digest } from '../content/digest.ts';
import { sizeOfLayer } from '../images/db.ts';
import { listImages, type ImageSummary } from '../images/list.ts';
import { readImage } from '../images/find.ts';
import { buildCaches, statesIn, type BuildCache } from './build-usage.ts';
import type { Engine } from './engine.ts';
import { listContainers } from './list.ts';
import type { ContainerSummary } from './types.ts';
import type { Volume } from './volumes/volume.ts';

export interface DiskUsage {
  /** Bytes of all layers of images. */
  LayersSize: number;
  Images: (Omit<ImageSummary, 'SharedSize' | 'Containers'> & {
    SharedSize: number;
    Containers: number;
    VirtualSize: number;
  })[];
  Containers: ContainerSummary[];
  Volumes: Volume[];
  BuildCache: BuildCache[];
  BuilderSize: number;
}

export async function diskUsage(engine: Engine): Promise<DiskUsage> {
  const { store, containers, volumes } = engine;
  const data = store.db.read();
  const users = containers.all().map(({ record }) => record.Image);
  const states = statesIn(data).filter((id) => !users.includes(id));
  const images = (await listImages(store, { all: true })).filter(({ Id }) => !states.includes(Id));
  const stacks = await Promise.all(images.map(async ({ Id }) => (await readImage(store, Id, data)).layers));
  const owners = new Map<Digest, number>();
  for (const { diffId } of stacks.flat()) owners.set(diffId, (owners.get(diffId) ?? 0) + 1);
  const sum = (diffIds: Iterable<Digest>): number =>
    [...diffIds].reduce((total, diffId) => total + sizeOfLayer(data, diffId), 0);
  const made = await Promise.all(states.map((id) => readImage(store, id, data)));
  const caches = await buildCaches(engine, data, made, new Set(owners.keys()));
  return {
    LayersSize: sum(owners.keys()),
    Images: images.map((image, index) => ({
      ...image,
      SharedSize: sum(stacks[index]!.map(({ diffId }) => diffId).filter((diffId) => owners.get(diffId)! > 1)),
      Containers: users.filter((id) => id === image.Id).length,
      VirtualSize: image.Size,
    })),
    Containers: await listContainers(engine, { all: true, size: true }),
    Volumes: await volumes.usage(),
    BuildCache: caches,
    BuilderSize: caches.reduce((total, { Size }) => total + Size, 0),
  };
}
