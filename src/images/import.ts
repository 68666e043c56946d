/**
 * `import`: an image of one layer out of an archive of files. Nothing is known about it but its files, so its config says
 * what the person says (`--change`).
 *
 * The archive is kept as it is, but for its compression: the digest of the plain archive is its diff ID and its blob's.
 */
import type { Lease } from '../content/content.ts';
import type { Descriptor, Platform } from '../content/descriptor.ts';
import type { Digest } from '../content/digest.ts';
import { decompressedAny, gathered, pack } from '../layers/index.ts';
import { applyChanges } from './changes.ts';
import type { ImageConfig, RunConfig } from './config.ts';
import type { Store } from './images.ts';
import { OCI_LAYER } from './media-types.ts';
import { hostPlatform } from './platform.ts';
import { assemble, orNothing, register } from './register.ts';
import { unpackLayers } from './unpack.ts';

export interface ImportOptions {
  readonly tags?: readonly string[];
  /** Instructions of a Dockerfile: `CMD ["sh"]`, `ENV A=b`. */
  readonly changes?: readonly string[];
  readonly message?: string;
  readonly platform?: Platform;
  readonly config?: RunConfig;
}

/** The id of the new image. Throws ARCHIVE_INVALID, or BAD_USAGE for a change that is none. */
export async function importImage(
  store: Store,
  archive: AsyncIterable<Uint8Array>,
  { tags, changes = [], message = '', platform = hostPlatform(), config = {} }: ImportOptions = {},
): Promise<Digest> {
  const run = applyChanges(config, changes);
  return orNothing(store, 'import', async (lease) => {
    const layer = await plainLayer(store, decompressedAny(archive), lease);
    const created = new Date().toISOString();
    const image: ImageConfig = {
      created,
      ...platform,
      config: run,
      rootfs: { type: 'layers', diff_ids: [layer.digest] },
      history: [{ created, comment: message }],
    };
    const made = await assemble(store, lease, { config: image, layers: [layer] });
    await unpackLayers(store, made.layers);
    await register(store, made, { tags });
    return made.id;
  });
}

/** The same of a folder that is trusted. */
export function importTree(store: Store, folder: string, options: ImportOptions = {}): Promise<Digest> {
  return importImage(store, pack({ upper: folder, whiteouts: 'none' }), options);
}

/** Takes an archive in as a layer of ours. */
export async function plainLayer(
  { content }: Pick<Store, 'content'>,
  archive: AsyncIterable<Uint8Array>,
  lease: Lease,
): Promise<Descriptor> {
  const ingest = await content.ingest({ lease });
  try {
    for await (const chunk of gathered(archive)) await ingest.write(chunk);
    return { ...(await ingest.commit()), mediaType: OCI_LAYER };
  } catch (error) {
    await ingest.abort();
    throw error;
  }
}
