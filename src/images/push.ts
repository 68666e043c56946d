/**
 * `push`: an image to a registry.
 *
 * An image that came from a registry goes as it came, byte for byte, so that its digest stays what it was. Layers that
 * were made here lie as plain archives: they are compressed now, once, and the image gets a manifest that names the
 * compressed ones. What it is called in the registry then (`name@sha256:…`) is put into the database.
 *
 * The blobs go first and the manifest last: a registry does not take one whose parts it does not have.
 */
import { createGzip } from 'node:zlib';
import { pipeline } from 'node:stream/promises';
import type { Lease } from '../content/content.ts';
import type { Descriptor } from '../content/descriptor.ts';
import { digestOf, type Digest } from '../content/digest.ts';
import { DrydockError } from '../errors.ts';
import { repositoryName, withDefaultTag, type Reference } from '../registry/reference.ts';
import type { RegistryOptions, Repository, Resolved, TransferEvent } from '../registry/registry.ts';
import { openRepository } from '../registry/repository.ts';
import { upload } from '../registry/transfer.ts';
import { findIdIfThere, readImage } from './find.ts';
import type { Image, ImageLayer, OnProgress, Store } from './images.ts';
import { MAX_MANIFEST, parseManifest } from './manifest.ts';
import { isPlain, OCI_LAYER, OCI_MANIFEST } from './media-types.ts';
import { withLease } from './register.ts';
import { line, pushing, shortId } from './words.ts';

export interface PushOptions {
  readonly registry?: RegistryOptions;
  readonly onProgress?: OnProgress;
  readonly signal?: AbortSignal;
}

/** The digest of what the registry has now. Throws IMAGE_MISSING, REGISTRY or UNAUTHORIZED. */
export async function push(store: Store, wanted: Reference, options: PushOptions = {}): Promise<Digest> {
  const reference = withDefaultTag(wanted);
  if (reference.digest)
    throw new DrydockError('BAD_USAGE', 'cannot push a digest reference', {
      hint: 'push a tag: it leads to the digest',
    });
  const tell = options.onProgress ?? (() => undefined);
  tell({ status: `The push refers to repository [${repositoryName(reference)}]` });
  const id = findIdIfThere(store.db.read(), reference);
  if (!id) throw notHere(reference);
  const image = await readImage(store, id);
  const repository = openRepository(reference, { ...options.registry, signal: options.signal });
  try {
    const manifest = await withLease(store, 'push', (lease) => send(store, { image, repository, lease }, options));
    const { digest, size } = manifest.descriptor;
    await repository.put(reference.tag!, manifest);
    await store.db.change((data) => {
      if (data.images[id]) data.digests[`${repositoryName(reference)}@${digest}`] = id;
    });
    tell({ status: `${reference.tag}: digest: ${digest} size: ${size}` });
    tell({ aux: { Tag: reference.tag, Digest: digest, Size: size } });
    return digest;
  } finally {
    await repository.close();
  }
}

/** In Docker's words for this verb. */
const notHere = (reference: Reference): DrydockError =>
  new DrydockError('IMAGE_MISSING', `An image does not exist locally with the tag: ${repositoryName(reference)}`, {
    hint: '`drydock images` lists what is here, `drydock tag` gives it another name',
  });

interface Work {
  readonly image: Image;
  readonly repository: Repository;
  readonly lease: Lease;
}

/** Sends the blobs; what is answered is the manifest that leads to them. */
async function send(store: Store, { image, repository, lease }: Work, options: PushOptions): Promise<Resolved> {
  const tell = options.onProgress ?? (() => undefined);
  for (const { diffId } of image.layers) tell(line(shortId(diffId), 'Preparing'));
  const layers: Descriptor[] = [];
  for (const layer of image.layers)
    layers.push(isOurs(image, layer) ? await compressed(store, layer, lease, options.signal) : layer.blob);
  const ids = new Map(layers.map((blob, i) => [blob.digest, shortId(image.layers[i]!.diffId)]));
  const onTransfer = (event: TransferEvent): void => {
    const id = ids.get(event.blob.digest);
    if (id) tell(pushing(event, id));
  };
  const bytes = await store.content.read(image.manifest.digest, MAX_MANIFEST);
  const { config } = parseManifest(bytes, image.manifest.mediaType, `the manifest ${image.manifest.digest}`);
  const mountFrom = elsewhere(image, repository.reference);
  const concurrency = options.registry?.uploads;
  const how = { concurrency, onTransfer, mountFrom, signal: options.signal };
  await upload(repository, [...layers, config], store.content, how);
  return manifestOf(image, bytes, layers);
}

/** Layers that were made here lie as plain archives. Docker's manifests are somebody else's, and stay as they are. */
const isOurs = ({ manifest }: Image, { blob }: ImageLayer): boolean =>
  manifest.mediaType === OCI_MANIFEST && isPlain(blob);

/** The layer as it travels; compressed once and found afterwards. */
async function compressed(
  store: Store,
  { blob, diffId }: ImageLayer,
  lease: Lease,
  signal?: AbortSignal,
): Promise<Descriptor> {
  const known = store.db.read().layers[diffId]?.compressed;
  if (known && (await store.content.stat(known.digest))) {
    await lease.hold(known.digest);
    return known;
  }
  const { digest, size } = await compress(store, blob, lease, signal);
  const made = { mediaType: `${OCI_LAYER}+gzip`, digest, size };
  await store.db.change(
    ({ layers }) => void (layers[diffId] = { size: blob.size, ...layers[diffId], compressed: made }),
  );
  return made;
}

/** Begun anew each time: a compressor cannot go on in the middle. */
async function compress({ content }: Store, blob: Descriptor, lease: Lease, signal?: AbortSignal): Promise<Descriptor> {
  const ingest = await content.ingest({ lease });
  try {
    const plain = await content.stream(blob.digest);
    const into = async (chunks: AsyncIterable<Buffer>): Promise<void> => {
      for await (const chunk of chunks) await ingest.write(chunk);
    };
    await pipeline(plain, createGzip(), into, { signal });
    return await ingest.commit();
  } catch (error) {
    await ingest.abort();
    throw error;
  }
}

/** The manifest that names the layers as they travel: its own, if nothing had to be compressed. */
function manifestOf({ manifest, layers }: Image, bytes: Buffer, travelling: readonly Descriptor[]): Resolved {
  if (layers.every(({ blob }, i) => blob.digest === travelling[i]!.digest)) return { descriptor: manifest, bytes };
  const document = { ...(JSON.parse(bytes.toString()) as object), layers: travelling };
  const made = Buffer.from(JSON.stringify(document));
  return { descriptor: { mediaType: OCI_MANIFEST, digest: digestOf(made), size: made.length }, bytes: made };
}

/** Repositories of the same registry that have had this image: its layers need not be sent again. */
function elsewhere({ digests }: Image, { domain, path }: Reference): string[] {
  const names = digests.map((name) => name.replace(/@.*$/, ''));
  return [...new Set(names)]
    .filter((name) => name.startsWith(`${domain}/`) && name !== `${domain}/${path}`)
    .map((name) => name.slice(domain.length + 1));
}
