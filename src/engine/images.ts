/**
 * The verbs of images that have to know of containers: what a container was made of is not removed behind its back.
 *
 * By force an image goes from under a container that has ended, as with Docker; its layers stay as long as the container
 * stands on them (src/images/collect.ts), so that it can still be started. From under one that runs it never goes.
 */
import type { Digest } from '../content/digest.ts';
import { pruneImages as pruneStore, type Pruned } from '../images/prune.ts';
import { removeImage as removeFromStore, type ImageUser, type Removed, type RemoveOptions } from '../images/remove.ts';
import { tagImage as tagInStore } from '../images/tag.ts';
import { findImage } from '../images/find.ts';
import type { Engine } from './engine.ts';
import { ensureLab, isLab } from './lab.ts';
import type { Filters } from './types.ts';

/** Throws IMAGE_MISSING, REFERENCE_INVALID, or BAD_USAGE for a name with a digest. */
export async function tagImage({ store, events }: Engine, source: string, target: string): Promise<void> {
  if (isLab(source)) await ensureLab(store);
  await tagInStore(store, source, target);
  events.emit('image', 'tag', (await findImage(store, target)).id, { name: target });
}

/** Throws IMAGE_MISSING or IMAGE_IN_USE. */
export async function removeImage(
  engine: Engine,
  text: string,
  options: Omit<RemoveOptions, 'users'> = {},
): Promise<Removed[]> {
  const removed = await removeFromStore(engine.store, text, { ...options, users: usersOf(engine) });
  tell(engine, removed);
  return removed;
}

/** Those without a name, or with `dangling=false` all that no container was made of. Throws BAD_USAGE for an unknown filter. */
export async function pruneImages(engine: Engine, filters: Filters = {}): Promise<Pruned> {
  const pruned = await pruneStore(engine.store, filters, usersOf(engine));
  tell(engine, pruned.ImagesDeleted);
  engine.events.emit('image', 'prune', '', { reclaimed: String(pruned.SpaceReclaimed) });
  return pruned;
}

function usersOf({ containers }: Engine): ImageUser[] {
  return containers
    .all()
    .map(({ id, record: { Image, State } }) => ({ id, image: Image as Digest, runs: State.Running }));
}

/** A layer is no image: of what was deleted only those that had a name, or an id, are told. */
function tell({ events }: Engine, removed: readonly Removed[]): void {
  for (const one of removed)
    if ('Untagged' in one) events.emit('image', 'untag', one.Untagged, { name: one.Untagged });
    else events.emit('image', 'delete', one.Deleted, { name: one.Deleted });
}
