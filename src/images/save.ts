/**
 * `save`: images as one archive, which `load`, Docker and the OCI tools all read.
 *
 *     blobs/sha256/<hex>        layers as plain archives, configs, manifests
 *     index.json, oci-layout    what the tools of OCI begin with (image-layout.md)
 *     manifest.json             what Docker begins with: the same blobs by their paths
 *
 * Layers are written as plain archives, under their diff IDs: Docker before 25 reads no others, and so an image gives the
 * same archive however it came here. What is written depends on the images alone, not on the time.
 */
import { digestOf, hexOf, type Digest } from '../content/digest.ts';
import { decompressed, writeTar, type WrittenEntry } from '../layers/index.ts';
import { parseReference, withDefaultTag } from '../registry/reference.ts';
import { MAX_CONFIG } from './config.ts';
import { findIdIfThere, findId, readImage } from './find.ts';
import type { Image, ImageLayer, Store } from './images.ts';
import { OCI_CONFIG, OCI_INDEX, OCI_LAYER, OCI_MANIFEST } from './media-types.ts';
import { shown } from './names.ts';
import { platformText } from './platform.ts';

/** An image with the names under which it was asked for; one that was asked for by its id has none in the archive. */
interface Saved {
  readonly image: Image;
  readonly names: readonly string[];
}

/** The archive. Throws IMAGE_MISSING before anything is written. */
export async function saveImages(store: Store, wanted: readonly string[]): Promise<AsyncIterable<Uint8Array>> {
  const saved = await choose(store, wanted);
  return writeTar(entriesOf(store, saved));
}

async function choose(store: Store, wanted: readonly string[]): Promise<Saved[]> {
  const data = store.db.read();
  const names = new Map<Digest, Set<string>>();
  for (const text of wanted) {
    const id = findId(data, text);
    const mine = names.get(id) ?? new Set();
    for (const name of namesFor(data, text, id)) mine.add(name);
    names.set(id, mine);
  }
  return Promise.all(
    [...names].map(async ([id, mine]) => ({ image: await readImage(store, id, data), names: [...mine].sort() })),
  );
}

/** One name for a name with a tag, all tags of a repository for a name without, none for an id. */
function namesFor(data: ReturnType<Store['db']['read']>, text: string, id: Digest): string[] {
  if (/^(sha256:)?[0-9a-f]+$/.test(text) && !data.tags[`docker.io/library/${text}:latest`]) return [];
  const reference = parseReference(text);
  if (findIdIfThere(data, withDefaultTag(reference)) !== id || reference.digest) return [];
  const { tag } = withDefaultTag(reference);
  return Object.keys(data.tags).filter((name) => {
    const one = parseReference(name);
    return data.tags[name] === id && one.domain === reference.domain && one.path === reference.path && one.tag === tag;
  });
}

async function* entriesOf(store: Store, saved: readonly Saved[]): AsyncGenerator<WrittenEntry> {
  yield folder('blobs/');
  yield folder('blobs/sha256/');
  const written = new Set<Digest>();
  const manifests: object[] = [];
  const docker: object[] = [];
  for (const { image, names } of saved) {
    const configBytes = await store.content.read(image.id, MAX_CONFIG);
    const layers = [];
    for (const layer of image.layers) {
      const size = await plainSize(store, layer);
      layers.push({ mediaType: OCI_LAYER, digest: layer.diffId, size });
      if (written.has(layer.diffId)) continue;
      written.add(layer.diffId);
      yield file(pathOf(layer.diffId), size, plainOf(store, layer));
    }
    const config = { mediaType: OCI_CONFIG, digest: image.id, size: configBytes.length };
    const manifest = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: OCI_MANIFEST, config, layers }));
    for (const bytes of [configBytes, manifest]) if (!written.has(digestOf(bytes))) yield blob(bytes, written);
    manifests.push(...indexEntries(image, manifest, names));
    docker.push({
      Config: pathOf(image.id),
      RepoTags: names.length > 0 ? names.map(shown) : null,
      Layers: image.layers.map(({ diffId }) => pathOf(diffId)),
    });
  }
  yield json('index.json', { schemaVersion: 2, mediaType: OCI_INDEX, manifests });
  yield json('manifest.json', docker);
  yield json('oci-layout', { imageLayoutVersion: '1.0.0' });
}

const pathOf = (digest: Digest): string => `blobs/sha256/${hexOf(digest)}`;

/** Under both annotations: containerd and Docker look for the whole name, others for what they call a reference. */
function indexEntries({ config }: Image, bytes: Buffer, names: readonly string[]): object[] {
  const [os, architecture, variant] = platformText(config).split('/');
  const platform = { architecture, os, ...(variant && { variant }) };
  const entry = { mediaType: OCI_MANIFEST, digest: digestOf(bytes), size: bytes.length, platform };
  if (names.length === 0) return [entry];
  return names.map((name) => ({
    ...entry,
    annotations: { 'io.containerd.image.name': name, 'org.opencontainers.image.ref.name': name },
  }));
}

const plainOf = (store: Store, { blob }: ImageLayer): AsyncIterable<Uint8Array> => stream(store, blob.digest);

async function* stream({ content }: Store, digest: Digest): AsyncGenerator<Uint8Array> {
  yield* decompressed(await content.stream(digest));
}

/** A header needs it before the first byte. Known since it was unpacked, unless another drydock's database was lost. */
async function plainSize(store: Store, layer: ImageLayer): Promise<number> {
  const known = store.db.read().layers[layer.diffId]?.size;
  if (known !== undefined) return known;
  let size = 0;
  for await (const chunk of plainOf(store, layer)) size += chunk.length;
  return size;
}

const common = { uid: 0, gid: 0, mtime: { seconds: 0, nanoseconds: 0 } };

const folder = (path: string): WrittenEntry => ({
  ...common,
  type: 'directory',
  path: Buffer.from(path),
  mode: 0o755,
  size: 0,
});

function file(path: string, size: number, data: AsyncIterable<Uint8Array> | Uint8Array): WrittenEntry {
  return { ...common, type: 'file', path: Buffer.from(path), mode: 0o644, size, data };
}

function blob(bytes: Buffer, written: Set<Digest>): WrittenEntry {
  const digest = digestOf(bytes);
  written.add(digest);
  return file(pathOf(digest), bytes.length, bytes);
}

function json(path: string, value: unknown): WrittenEntry {
  const bytes = Buffer.from(JSON.stringify(value));
  return file(path, bytes.length, bytes);
}
