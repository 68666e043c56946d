/**
 * `commit`: an image out of what a container has changed.
 *
 * The difference between the container's layer and the one below it becomes a layer on top of the image that the container
 * was made of. The init layer between them is left out: it holds mount points of the engine's. The container goes on; who
 * wants a layer of one moment stops or pauses it first.
 */
import type { Digest } from '../content/digest.ts';
import { pack } from '../layers/index.ts';
import { applyChanges } from './changes.ts';
import type { RunConfig } from './config.ts';
import { extend, plain } from './extend.ts';
import { readImage } from './find.ts';
import type { Store } from './images.ts';
import { plainLayer } from './import.ts';
import { hostPlatform } from './platform.ts';
import { orNothing, register } from './register.ts';
import { unpackLayers } from './unpack.ts';

export interface CommitOptions {
  /** The container's snapshot. */
  readonly snapshot: string;
  /** The image that it was made of. */
  readonly image: Digest;
  /** How the container was started; default: as its image says. */
  readonly config?: RunConfig;
  readonly tags?: readonly string[];
  readonly changes?: readonly string[];
  readonly author?: string;
  readonly message?: string;
}

/** The id of the new image. Throws SNAPSHOT_MISSING or IMAGE_MISSING. */
export async function commitContainer(store: Store, options: CommitOptions): Promise<Digest> {
  const parent = await readImage(store, options.image);
  const run = applyChanges({ ...parent.config.config, ...options.config }, options.changes ?? []);
  return orNothing(store, 'commit', async (lease) => {
    const layer = await store.snapshots.withDifference(options.snapshot, (difference) =>
      plainLayer(store, pack(difference), lease),
    );
    const made = await extend(store, lease, parent, {
      layer: plain(layer),
      config: run,
      created: new Date().toISOString(),
      createdBy: [...(run.Entrypoint ?? []), ...(run.Cmd ?? [])].join(' '),
      comment: options.message,
      author: options.author,
      platform: hostPlatform(),
    });
    await unpackLayers(store, made.layers);
    await register(store, made, { tags: options.tags, parent: parent.id });
    return made.id;
  });
}
