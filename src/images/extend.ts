/**
 * One more line in the history of an image: how `commit` and the builder make a new image out of one that is there.
 *
 * A change of files is a layer on those below; a change of the config alone has none, and says so (`empty_layer`), because
 * whoever reads the history counts the layers by it. OCI image specification, config.md, "history".
 */
import type { Lease } from '../content/content.ts';
import type { Descriptor, Platform } from '../content/descriptor.ts';
import type { HistoryEntry, ImageConfig, RunConfig } from './config.ts';
import type { Image, ImageLayer, Store } from './images.ts';
import { assemble, type Candidate } from './register.ts';

/** A layer in the content store, under the lease. */
export type NewLayer = Pick<ImageLayer, 'blob' | 'diffId'>;

/** One of ours, which travels as it is: the digest of the blob is the diff ID. */
export const plain = (blob: Descriptor): NewLayer => ({ blob, diffId: blob.digest });

export interface Addition {
  readonly layer?: NewLayer;
  readonly config: RunConfig;
  readonly created: string;
  readonly createdBy: string;
  readonly comment?: string;
  readonly author?: string;
  readonly platform?: Platform;
}

/** The image with it; its layers are not unpacked yet, and nobody has heard of it. */
export async function extend(
  store: Store,
  lease: Lease,
  below: Pick<Image, 'config' | 'layers'>,
  { layer, config: run, created, createdBy, comment, author, platform }: Addition,
): Promise<Candidate> {
  const { history = [], rootfs } = below.config;
  const step: HistoryEntry = {
    created,
    created_by: createdBy,
    ...(author && { author }),
    ...(comment && { comment }),
    ...(!layer && { empty_layer: true }),
  };
  const config: ImageConfig = {
    ...below.config,
    ...platform,
    created,
    ...(author && { author }),
    config: run,
    rootfs: { type: 'layers', diff_ids: [...rootfs.diff_ids, ...(layer ? [layer.diffId] : [])] },
    history: [...history, step],
  };
  const layers = [...below.layers.map(({ blob }) => blob), ...(layer ? [layer.blob] : [])];
  return assemble(store, lease, { config, layers });
}
