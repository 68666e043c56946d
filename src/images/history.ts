/**
 * `history`: how an image came to be, the last step first (GET /images/NAME/history).
 *
 * The config tells it, in words that nobody has checked; only the sizes are ours. Steps that changed no file have no
 * layer (`empty_layer`). An image that was pulled has no image for its earlier steps: Docker calls them `<missing>`.
 */
import type { HistoryEntry } from './config.ts';
import { sizeOfLayer } from './db.ts';
import { findImage } from './find.ts';
import type { Store } from './images.ts';
import { shown } from './names.ts';

export interface HistoryItem {
  Id: string;
  /** Seconds since 1970. */
  Created: number;
  CreatedBy: string;
  Size: number;
  Comment: string;
  Tags: string[] | null;
}

/** Throws IMAGE_MISSING. */
export async function historyOf(store: Store, text: string): Promise<HistoryItem[]> {
  const { id, config, layers, tags } = await findImage(store, text);
  const data = store.db.read();
  const remaining = [...layers];
  // A config may tell less than it has layers: then the layers are told one by one.
  const steps: readonly HistoryEntry[] = config.history ?? layers.map(() => ({ created: config.created }));
  const items = steps.map((step): HistoryItem => {
    const layer = step.empty_layer ? undefined : remaining.shift();
    return {
      Id: '<missing>',
      Created: Math.floor((Date.parse(step.created ?? '') || 0) / 1000),
      CreatedBy: step.created_by ?? '',
      Size: layer ? sizeOfLayer(data, layer.diffId) : 0,
      Comment: step.comment ?? '',
      Tags: null,
    };
  });
  items.reverse();
  let earlier: typeof id | undefined = id;
  for (const item of items) {
    if (!earlier) break;
    item.Id = earlier;
    earlier = data.images[earlier]?.parent;
  }
  if (items[0] && tags.length > 0) items[0].Tags = tags.map(shown);
  return items;
}
