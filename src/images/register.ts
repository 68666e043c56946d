/**
 * How an image comes into the database: the last step of pull, load, import, commit and build.
 *
 *     lease ── blobs come in ── layers are unpacked ── the image is in db.json ── lease is released
 *
 * Until the last but one the lease keeps the collector away, afterwards the database does; so nobody sees an image whose
 * parts are missing, and nobody loses a part of one that is on its way.
 */
import type { Lease } from '../content/content.ts';
import type { Descriptor } from '../content/descriptor.ts';
import type { Digest } from '../content/digest.ts';
import { DrydockError } from '../errors.ts';
import { chainIds } from './chain.ts';
import { collectGarbage } from './collect.ts';
import { MAX_CONFIG, parseConfig, type ImageConfig } from './config.ts';
import type { Image, ImageLayer, Store } from './images.ts';
import { parseImageManifest } from './manifest.ts';
import { asOci, OCI_CONFIG, OCI_MANIFEST } from './media-types.ts';
import { ensureUnpacked } from './unpack.ts';

/** An image that is not in the database yet. */
export type Candidate = Pick<Image, 'id' | 'config' | 'manifest' | 'layers'>;

/** Long enough for any image on any line; a lease that a crash has left goes then. */
const LEASE_MS = 24 * 60 * 60 * 1000;
let count = 0;

/** Runs `body` with a lease of its own, which is released whatever happens. */
export async function withLease<T>(store: Store, what: string, body: (lease: Lease) => Promise<T>): Promise<T> {
  const lease = await takeLease(store, what);
  try {
    return await body(lease);
  } finally {
    await lease.release();
  }
}

/** The same for what is made here: when that fails, nobody will go on with its blobs and snapshots, and so they go. */
export async function orNothing<T>(store: Store, what: string, body: (lease: Lease) => Promise<T>): Promise<T> {
  try {
    return await withLease(store, what, body);
  } catch (error) {
    await collectGarbage(store);
    throw error;
  }
}

/** As `withLease`, for a body that may find that nothing is to be made: the lease is there when it is first asked for. */
export async function withLeaseOnDemand<T>(
  store: Store,
  what: string,
  body: (lease: () => Promise<Lease>) => Promise<T>,
): Promise<T> {
  let taken: Promise<Lease> | undefined;
  try {
    return await body(() => (taken ??= takeLease(store, what)));
  } finally {
    await (await taken)?.release();
  }
}

function takeLease({ content }: Store, what: string): Promise<Lease> {
  return content.lease(`${what}-${process.pid}-${Date.now()}-${++count}`, LEASE_MS);
}

/** The image that a manifest and a config make; only the config has to be at hand. Throws MANIFEST_INVALID. */
export function candidate(manifest: Descriptor, bytes: Buffer, configBytes: Buffer): Candidate {
  const where = `the manifest ${manifest.digest}`;
  const { config: named, layers: blobs } = parseImageManifest(bytes, manifest.mediaType, where);
  const config = parseConfig(configBytes, `the config ${named.digest}`);
  const { diff_ids: diffIds } = config.rootfs;
  if (diffIds.length !== blobs.length)
    throw new DrydockError('MANIFEST_INVALID', `${where} has ${blobs.length} layers, its config ${diffIds.length}`, {
      hint: 'each layer needs its diff ID',
    });
  const chain = chainIds(diffIds);
  const layers = blobs.map((blob, i): ImageLayer => ({ blob, diffId: diffIds[i]!, chainId: chain[i]! }));
  const { mediaType, digest, size, platform } = manifest;
  return { id: named.digest, config, manifest: { mediaType, digest, size, ...(platform && { platform }) }, layers };
}

/** Makes config and manifest of an image of ours, whose layers are in the content store. */
export async function assemble(
  { content }: Store,
  lease: Lease,
  { config, layers }: { config: ImageConfig | Buffer; layers: readonly Descriptor[] },
): Promise<Candidate> {
  const configBytes = Buffer.isBuffer(config) ? config : Buffer.from(JSON.stringify(config));
  if (configBytes.length > MAX_CONFIG)
    throw new DrydockError('MANIFEST_INVALID', `the config has ${configBytes.length} bytes`, {
      hint: `at most ${MAX_CONFIG}`,
    });
  const document = {
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    config: await content.put(configBytes, lease, OCI_CONFIG),
    layers: layers.map(asOci),
  };
  const bytes = Buffer.from(JSON.stringify(document));
  return candidate(await content.put(bytes, lease, OCI_MANIFEST), bytes, configBytes);
}

/** What an image is called from now on; each name is taken from whoever has it. */
export interface Names {
  readonly tags?: readonly string[];
  readonly digests?: readonly string[];
  readonly parent?: Digest;
  /** Under which a build finds it again. */
  readonly key?: string;
}

/** Puts the image into the database. Everything of it is in the content store, under a lease. */
export async function register(
  store: Store,
  { id, manifest, layers }: Candidate,
  { tags = [], digests = [], parent, key }: Names = {},
): Promise<void> {
  await store.db.change((data) => {
    const known = data.images[id];
    // The manifest that it came with first keeps its digest; of another one the blobs would be kept twice.
    data.images[id] = { manifest, ...(parent && { parent }), ...known, ...(key && { key }) };
    if (tags.length > 0) data.images[id].tagged = new Date().toISOString();
    for (const name of tags) data.tags[name] = id;
    for (const name of digests) data.digests[name] = id;
  });
  // A removal that was under way may have taken a snapshot which no image had then.
  await ensureUnpacked(store, { layers });
}
