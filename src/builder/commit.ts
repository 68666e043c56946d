/**
 * From one state to the next: the layer that an instruction has made, its config and its line of history become an image.
 *
 * The image is in the database when this resolves, with its key: a build that fails further down begins here the next time.
 * Whoever removes the state before in the meantime (`builder prune`, `rmi`) must not take away the layers that this one will
 * name: they are held before anything is made of them.
 */
import type { Digest } from '../content/digest.ts';
import type { RunConfig } from '../images/config.ts';
import { extend, type NewLayer } from '../images/extend.ts';
import { register } from '../images/register.ts';
import { unpackLayers } from '../images/unpack.ts';
import type { Build, State } from './builder.ts';

export interface Made {
  readonly layer?: NewLayer;
  readonly config: RunConfig;
  readonly says: string;
  readonly author?: string;
  readonly key: Digest;
}

/** From here on the collector leaves its layers alone. Throws CONTENT_MISSING when they are gone already. */
export async function holdState({ lease, held }: Build, { layers }: State): Promise<void> {
  const missing = layers.map(({ blob }) => blob.digest).filter((digest) => !held.has(digest));
  if (missing.length === 0) return;
  await (await lease()).hold(...missing);
  for (const digest of missing) held.add(digest);
}

export async function commitState(
  { store, lease, held, now }: Build,
  before: State,
  { layer, config, says, author, key }: Made,
): Promise<State> {
  if (layer) held.add(layer.blob.digest);
  // Who has made the base has not made this.
  const below = { ...before, config: { ...before.config, author: undefined } };
  const made = await extend(store, await lease(), below, {
    ...{ layer, config, author },
    created: now.toISOString(),
    createdBy: says,
  });
  await unpackLayers(store, made.layers);
  await register(store, made, { parent: before.id, key });
  return made;
}
