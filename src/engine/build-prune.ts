/**
 * `builder prune`: what builds keep for the next one.
 *
 *     states     images without a name that an instruction has made, and that no image with a name was made of
 *     caches     folders of RUN --mount=type=cache
 *
 * An image that has a name keeps the states below it: they are its history, and cost nothing beside it.
 */
import { cacheFolders, removeCacheFolder } from '../builder/cache-folders.ts';
import type { Digest } from '../content/digest.ts';
import { collectGarbage } from '../images/collect.ts';
import { MAX_CONFIG, parseConfig } from '../images/config.ts';
import { cacheTest, type CacheTest } from './build-filters.ts';
import { cacheOf, statesIn } from './build-usage.ts';
import { diskUsage } from './df.ts';
import type { Engine } from './engine.ts';

export interface BuildsPruned {
  CachesDeleted: Digest[] | null;
  SpaceReclaimed: number;
}

type Filters = Readonly<Record<string, readonly string[]>>;

/** `all`: also the folders. Throws BAD_USAGE for a filter that does not exist, and for a value that it cannot have. */
export async function pruneBuilds(engine: Engine, filters: Filters = {}, all = false): Promise<BuildsPruned> {
  const { store } = engine;
  const test = cacheTest(filters);
  const known = new Map(test.isOfUsage ? (await diskUsage(engine)).BuildCache.map((cache) => [cache.ID, cache]) : []);
  const used = new Set<string>(engine.containers.all().map(({ record }) => record.Image));
  const CachesDeleted = await store.db.change(async (data) => {
    const gone: Digest[] = [];
    for (let found = true; found;) {
      found = false;
      const parents = new Set(Object.values(data.images).map(({ parent }) => parent));
      for (const id of statesIn(data)) {
        if (parents.has(id) || used.has(id)) continue;
        if (test.isAsking) {
          const config = parseConfig(await store.content.read(id, MAX_CONFIG), `the config ${id}`);
          if (!test.fits({ created: config.created, labels: config.config?.Labels, cache: known.get(id) })) continue;
        }
        delete data.images[id];
        gone.push(id);
        found = true;
      }
    }
    return gone;
  });
  const { freed } = await collectGarbage(store);
  const folders = all || test.isOfFolders ? await removeCaches(store.root, test) : 0;
  return { CachesDeleted: CachesDeleted.length > 0 ? CachesDeleted : null, SpaceReclaimed: freed + folders };
}

/** Answers how many bytes they had. One that a program is in stays. */
async function removeCaches(root: string, test: CacheTest): Promise<number> {
  let size = 0;
  for (const one of cacheFolders(root)) {
    if (one.isUsed) continue;
    const cache = await cacheOf(one);
    if (!test.fits({ created: cache.CreatedAt, labels: undefined, cache })) continue;
    size += cache.Size;
    removeCacheFolder(one.folder);
  }
  return size;
}
