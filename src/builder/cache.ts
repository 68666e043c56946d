/**
 * The cache: the image that an instruction has made before, if everything that it depends on is as it was (key.ts).
 *
 * The book is the images' own: the key stands beside the image that it led to. With --cache-from an image counts that was
 * built elsewhere and has no key here: it is taken as far as its history and its layers go along with ours.
 */
import type { Digest } from '../content/digest.ts';
import type { HistoryEntry } from '../images/config.ts';
import { readImage } from '../images/find.ts';
import type { Image, Store } from '../images/images.ts';
import type { NewLayer } from '../images/extend.ts';
import type { State } from './builder.ts';

/** The image that was made with this key, if it is still here. Of several the last one. */
export async function findMade(store: Store, key: Digest): Promise<State | undefined> {
  const data = store.db.read();
  const id = (Object.keys(data.images) as Digest[]).findLast((one) => data.images[one]!.key === key);
  return id && readImage(store, id, data);
}

/**
 * What this instruction has made when one of these images was built, wherever that was: an image counts whose history begins
 * with ours, whose layers begin with ours, and whose next line says the same. Undefined: none does.
 */
export function findAlong(images: readonly Image[], before: State, says: string): { layer?: NewLayer } | undefined {
  const { history = [], rootfs } = before.config;
  for (const { config, layers } of images) {
    const theirs = config.history ?? [];
    const next = theirs[history.length];
    const isAlong =
      next?.created_by === says &&
      history.every((line, i) => isSameLine(line, theirs[i])) &&
      rootfs.diff_ids.every((id, i) => id === config.rootfs.diff_ids[i]);
    if (isAlong) return { layer: next.empty_layer ? undefined : layers[before.layers.length] };
  }
  return undefined;
}

const isSameLine = (one: HistoryEntry, other?: HistoryEntry): boolean =>
  one.created_by === other?.created_by && Boolean(one.empty_layer) === Boolean(other?.empty_layer);
