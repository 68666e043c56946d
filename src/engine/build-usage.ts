/**
 * What builds keep for the next one, as `system df` lists it and `builder prune` takes it away: states, which are images
 * without a name that an instruction has made, and the folders of RUN --mount=type=cache.
 */
import { statSync } from 'node:fs';
import { basename } from 'node:path';
import { cacheFolders } from '../builder/cache-folders.ts';
import type { Digest } from '../content/digest.ts';
import { sizeOfLayer, type Data } from '../images/db.ts';
import type { Image } from '../images/images.ts';
import type { Engine } from './engine.ts';
import { sizeOf } from './volumes/size.ts';

export interface BuildCache {
  ID: string;
  Parent: string;
  Type: 'regular' | 'exec.cachemount';
  Description: string;
  /** An image with a name was made of it, or a container stands on it. */
  InUse: boolean;
  /** What it has is counted elsewhere. */
  Shared: boolean;
  Size: number;
  CreatedAt: string;
  /** Nobody writes it down. */
  LastUsedAt: null;
  UsageCount: number;
}

/** States of builds; an image with a name is no more than an image. */
export function statesIn({ images, tags, digests }: Data): Digest[] {
  const named = new Set([...Object.values(tags), ...Object.values(digests)]);
  return (Object.keys(images) as Digest[]).filter((id) => images[id]!.key !== undefined && !named.has(id));
}

/** `layersOf` knows the stack of each state, `kept` the layers of everything that is no state of a build. */
export async function buildCaches(
  { store, containers }: Engine,
  data: Data,
  states: readonly Image[],
  kept: ReadonlySet<string>,
): Promise<BuildCache[]> {
  const used = ancestorsOf(data, [
    ...Object.values(data.tags),
    ...Object.values(data.digests),
    ...containers.all().map(({ record }) => record.Image as Digest),
  ]);
  const counted = new Set(kept);
  const regular = states.map(({ id, config, layers }): BuildCache => {
    const own = layers.filter(({ diffId }) => !counted.has(diffId));
    for (const { diffId } of own) counted.add(diffId);
    return {
      ...{ ID: id, Parent: data.images[id]!.parent ?? '', Type: 'regular', LastUsedAt: null, UsageCount: 0 },
      Description: config.history?.at(-1)?.created_by ?? '',
      ...{ InUse: used.has(id), Shared: own.length === 0 },
      Size: own.reduce((sum, { diffId }) => sum + sizeOfLayer(data, diffId), 0),
      CreatedAt: config.created ?? '',
    };
  });
  return [...regular, ...(await folders(store.root))];
}

function ancestorsOf({ images }: Data, ids: readonly Digest[]): Set<Digest> {
  const found = new Set<Digest>();
  for (const id of ids)
    for (let at: Digest | undefined = id; at && !found.has(at); at = images[at]?.parent) found.add(at);
  return found;
}

function folders(root: string): Promise<BuildCache[]> {
  return Promise.all(cacheFolders(root).map(cacheOf));
}

/** A folder of RUN --mount=type=cache. */
export async function cacheOf({ folder, isUsed }: ReturnType<typeof cacheFolders>[number]): Promise<BuildCache> {
  return {
    ...{ ID: basename(folder), Parent: '', Type: 'exec.cachemount', Description: 'RUN --mount=type=cache' },
    ...{ InUse: isUsed, Shared: false, Size: await sizeOf(folder), LastUsedAt: null, UsageCount: 0 },
    CreatedAt: statSync(folder).birthtime.toISOString(),
  };
}
