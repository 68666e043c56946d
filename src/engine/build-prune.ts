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
import { checkFilters } from '../images/filters.ts';
import { momentOf } from '../images/prune.ts';
import { MAX_CONFIG, parseConfig } from '../images/config.ts';
import { statesIn } from './build-usage.ts';
import type { Engine } from './engine.ts';
import { sizeOf } from './volumes/size.ts';

export interface BuildsPruned {
  CachesDeleted: Digest[] | null;
  SpaceReclaimed: number;
}

type Filters = Readonly<Record<string, readonly string[]>>;

/** `all`: also the folders. Throws BAD_USAGE for a filter that does not exist. */
export async function pruneBuilds(engine: Engine, filters: Filters = {}, all = false): Promise<BuildsPruned> {
  checkFilters(filters, ['until']);
  const { store } = engine;
  const until = (filters.until ?? []).map(momentOf);
  const used = new Set<string>(engine.containers.all().map(({ record }) => record.Image));
  const CachesDeleted = await store.db.change(async (data) => {
    const gone: Digest[] = [];
    for (let found = true; found;) {
      found = false;
      const parents = new Set(Object.values(data.images).map(({ parent }) => parent));
      for (const id of statesIn(data)) {
        if (parents.has(id) || used.has(id)) continue;
        if (until.length > 0) {
          const { created } = parseConfig(await store.content.read(id, MAX_CONFIG), `the config ${id}`);
          if (!until.every((moment) => Date.parse(created ?? '') < moment)) continue;
        }
        delete data.images[id];
        gone.push(id);
        found = true;
      }
    }
    return gone;
  });
  const { freed } = await collectGarbage(store);
  const folders = all ? await removeCaches(store.root) : 0;
  return { CachesDeleted: CachesDeleted.length > 0 ? CachesDeleted : null, SpaceReclaimed: freed + folders };
}

/** Answers how many bytes they had. One that a program is in stays. */
async function removeCaches(root: string): Promise<number> {
  let size = 0;
  for (const { folder, isUsed } of cacheFolders(root)) {
    if (isUsed) continue;
    size += await sizeOf(folder);
    removeCacheFolder(folder);
  }
  return size;
}
