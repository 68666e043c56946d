/**
 * `images`: what is here, in the shape of Docker's API (GET /images/json).
 *
 * An image without a name of its own and without children is *dangling*: nobody would miss it. One without a name and
 * with children is a step of a build, and is shown only when all are asked for.
 */
import type { Digest } from '../content/digest.ts';
import { MAX_CONFIG, parseConfig, type ImageConfig } from './config.ts';
import { sizeOfLayer, type Data } from './db.ts';
import { checkFilters, fitsPattern, flagOf, hasLabels, type Filters } from './filters.ts';
import { findId } from './find.ts';
import type { Store } from './images.ts';
import { shown } from './names.ts';

export interface ImageSummary {
  Id: Digest;
  ParentId: string;
  RepoTags: string[];
  RepoDigests: string[];
  /** Seconds since 1970. */
  Created: number;
  /** Bytes of all layers, unpacked. */
  Size: number;
  SharedSize: -1;
  Containers: -1;
  Labels: Record<string, string> | null;
}

export interface ListOptions {
  readonly all?: boolean;
  readonly filters?: Filters;
}

export const imageFilters = ['dangling', 'label', 'before', 'since', 'reference'];

/** The newest first. Throws BAD_USAGE for a filter that does not exist, IMAGE_MISSING for `before` and `since`. */
export async function listImages(
  store: Store,
  { all = false, filters = {} }: ListOptions = {},
): Promise<ImageSummary[]> {
  checkFilters(filters, imageFilters);
  const data = store.db.read();
  const parents = new Set(Object.values(data.images).map(({ parent }) => parent));
  const summaries = await Promise.all((Object.keys(data.images) as Digest[]).map((id) => summary(store, data, id)));
  const created = (text: string): number => summaries.find(({ Id }) => Id === findId(data, text))!.Created;
  const before = filters.before?.map(created) ?? [];
  const since = filters.since?.map(created) ?? [];
  const dangling = flagOf(filters, 'dangling');
  return summaries
    .map((image) => withNames(image, filters.reference))
    .filter((image): image is ImageSummary => image !== undefined)
    .filter((image) => {
      const isUnnamed = image.RepoTags.length === 0;
      if (dangling !== undefined && dangling !== (isUnnamed && !parents.has(image.Id))) return false;
      if (!all && isUnnamed && parents.has(image.Id)) return false;
      return hasLabels(image.Labels ?? undefined, filters.label ?? []);
    })
    .filter(({ Created }) => before.every((time) => Created < time) && since.every((time) => Created > time))
    .sort((a, b) => b.Created - a.Created || (a.Id < b.Id ? -1 : 1));
}

async function summary({ content }: Store, data: Data, id: Digest): Promise<ImageSummary> {
  const config = parseConfig(await content.read(id, MAX_CONFIG), `the config ${id}`);
  return {
    Id: id,
    ParentId: data.images[id]?.parent ?? '',
    RepoTags: namesOf(data.tags, id),
    RepoDigests: namesOf(data.digests, id),
    Created: Math.floor((Date.parse(config.created ?? '') || 0) / 1000),
    Size: sizeOf(data, config),
    SharedSize: -1,
    Containers: -1,
    Labels: config.config?.Labels ?? null,
  };
}

/** The names that lead to an image, as people see them. */
export function namesOf(names: Readonly<Record<string, Digest>>, id: Digest): string[] {
  return Object.keys(names)
    .filter((name) => names[name] === id)
    .map(shown)
    .sort();
}

/** Bytes of all layers of an image. */
export function sizeOf(data: Data, { rootfs }: ImageConfig): number {
  return rootfs.diff_ids.reduce((sum, diffId) => sum + sizeOfLayer(data, diffId), 0);
}

/** With only the names that fit; undefined when none does and one should. */
function withNames(image: ImageSummary, patterns: readonly string[] | undefined): ImageSummary | undefined {
  if (!patterns?.length) return image;
  const fits = (name: string): boolean => patterns.some((pattern) => fitsPattern(name, pattern));
  const [RepoTags, RepoDigests] = [image.RepoTags.filter(fits), image.RepoDigests.filter(fits)];
  return RepoTags.length + RepoDigests.length > 0 ? { ...image, RepoTags, RepoDigests } : undefined;
}
