/** `image prune`: removes the images that nobody would miss, and everything that no image leads to. */
import type { Digest } from '../content/digest.ts';
import { DrydockError } from '../errors.ts';
import { moment } from '../moment.ts';
import { collectGarbage } from './collect.ts';
import { checkFilters, flagOf, hasLabels, type Filters } from './filters.ts';
import { MAX_CONFIG, parseConfig } from './config.ts';
import type { Store } from './images.ts';
import { shown } from './names.ts';
import { deleteImage, topsOfContainers, type ImageUser, type Removed } from './remove.ts';
import { chainIds } from './chain.ts';

export interface Pruned {
  ImagesDeleted: Removed[];
  /** Bytes. */
  SpaceReclaimed: number;
}

export const pruneFilters = ['dangling', 'label', 'label!', 'until'];

/**
 * Those without a name and without children; with `dangling=false` all that no container stands on. Throws BAD_USAGE for a
 * filter that does not exist. `users` are containers that are on record, besides those whose layers are here.
 */
export async function pruneImages(
  store: Store,
  filters: Filters = {},
  users: readonly ImageUser[] = [],
): Promise<Pruned> {
  checkFilters(filters, pruneFilters);
  const untils = (filters.until ?? []).map(momentOf);
  const isAll = flagOf(filters, 'dangling') === false;
  const used = await topsOfContainers(store);
  const removed = await store.db.change(async (data) => {
    const gone: Removed[] = [];
    for (const id of Object.keys(data.images) as Digest[]) {
      const config = data.images[id] && parseConfig(await store.content.read(id, MAX_CONFIG), `the config ${id}`);
      if (!config || !fits(config, filters, untils)) continue;
      const names = [data.tags, data.digests].flatMap((all) => Object.keys(all).filter((name) => all[name] === id));
      const isTagged = Object.values(data.tags).includes(id);
      const isParent = Object.values(data.images).some(({ parent }) => parent === id);
      const top = chainIds(config.rootfs.diff_ids).at(-1);
      const isUsed = (top && used.has(top)) || users.some(({ image }) => image === id);
      if (isParent || (isTagged && !isAll) || isUsed) continue;
      for (const name of names) {
        delete data.tags[name];
        delete data.digests[name];
        gone.push({ Untagged: shown(name) });
      }
      gone.push(...deleteImage(data, id, { users }));
    }
    return gone;
  });
  const { snapshots, freed } = await collectGarbage(store);
  return { ImagesDeleted: [...removed, ...snapshots.map((Deleted) => ({ Deleted }))], SpaceReclaimed: freed };
}

function fits(config: ReturnType<typeof parseConfig>, filters: Filters, untils: readonly number[]): boolean {
  const labels = config.config?.Labels;
  if (!hasLabels(labels, filters.label ?? [])) return false;
  if ((filters['label!'] ?? []).some((label) => hasLabels(labels, [label]))) return false;
  const created = Date.parse(config.created ?? '') || 0;
  return untils.every((until) => created < until);
}

/** Milliseconds since 1970 of what `until` says: seconds since then, a date, or how long ago. Throws BAD_USAGE. */
export function momentOf(text: string): number {
  try {
    return Number(moment(text)) * 1000;
  } catch (cause) {
    throw new DrydockError('BAD_USAGE', (cause as Error).message, {
      cause,
      hint: '24h, 2015-03-02T10:00:00, or seconds',
    });
  }
}
