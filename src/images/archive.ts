/**
 * What an archive of images says of itself: Docker's `manifest.json`, or OCI's `index.json`.
 *
 * Docker's names config and layers by paths in the archive; the layers are checked against the config's diff IDs when they
 * are unpacked, so nothing else needs to be believed. OCI's names everything by digest.
 */
import * as v from 'valibot';
import type { Lease } from '../content/content.ts';
import type { Descriptor } from '../content/descriptor.ts';
import { DrydockError } from '../errors.ts';
import { compressionOf } from '../layers/index.ts';
import { parseDocument, validate, type Complaint } from '../validation.ts';
import { MAX_CONFIG } from './config.ts';
import type { Store } from './images.ts';
import { MAX_MANIFEST, parseImageManifest, parseIndex } from './manifest.ts';
import { isIndexType, OCI_INDEX, OCI_LAYER } from './media-types.ts';
import { choose, hostPlatform } from './platform.ts';
import { assemble, candidate, type Candidate } from './register.ts';
import { tagName } from './tag.ts';

/** The files of an archive by their paths, without `./` in front. */
export type Files = ReadonlyMap<string, Descriptor>;

export interface Loaded {
  readonly image: Candidate;
  /** Whole names. */
  readonly tags: readonly string[];
}

const complaint: Complaint = { code: 'ARCHIVE_INVALID', hint: '`docker save` writes it so' };

const dockerManifest = v.array(
  v.looseObject({
    Config: v.string(),
    RepoTags: v.optional(v.array(v.string()), []),
    Layers: v.optional(v.array(v.string()), []),
  }),
);

/** The images of an archive of Docker's. Throws ARCHIVE_INVALID for a file that is not there. */
export async function dockerImages(store: Store, files: Files, lease: Lease): Promise<Loaded[]> {
  const bytes = await store.content.read(fileOf(files, 'manifest.json').digest, MAX_MANIFEST);
  const document = parseDocument(bytes.toString(), 'manifest.json', complaint);
  const images: Loaded[] = [];
  for (const { Config, RepoTags, Layers } of validate(dockerManifest, document, 'manifest.json', complaint)) {
    const config = await store.content.read(fileOf(files, Config).digest, MAX_CONFIG);
    const layers: Descriptor[] = [];
    for (const path of Layers) layers.push(await layerOf(store, fileOf(files, path)));
    images.push({ image: await assemble(store, lease, { config, layers }), tags: RepoTags.map(tagName) });
  }
  return images;
}

/** Docker writes them plain, others compressed; the first bytes say which. */
async function layerOf({ content }: Store, { digest, size }: Descriptor): Promise<Descriptor> {
  const stream = await content.stream(digest);
  try {
    for await (const chunk of stream) {
      const compression = compressionOf(chunk as Buffer);
      return { mediaType: compression === 'none' ? OCI_LAYER : `${OCI_LAYER}+${compression}`, digest, size };
    }
    return { mediaType: OCI_LAYER, digest, size };
  } finally {
    stream.destroy();
  }
}

/** Of an archive of OCI's. One manifest of each index in it: this machine's. */
export async function ociImages(store: Store, files: Files): Promise<Loaded[]> {
  const top = fileOf(files, 'index.json');
  const { manifests } = parseIndex(await store.content.read(top.digest, MAX_MANIFEST), OCI_INDEX, 'index.json');
  const images = new Map<string, { image: Candidate; tags: string[] }>();
  for (const entry of manifests) {
    const image = await ociImage(store, entry);
    const known = images.get(image.id) ?? { image, tags: [] };
    known.tags.push(...namesOf(entry));
    images.set(image.id, known);
  }
  return [...images.values()];
}

async function ociImage(store: Store, entry: Descriptor): Promise<Candidate> {
  const where = `the manifest ${entry.digest}`;
  const bytes = await store.content.read(entry.digest, MAX_MANIFEST);
  if (isIndexType(entry.mediaType))
    return ociImage(store, choose(parseIndex(bytes, entry.mediaType, where).manifests, hostPlatform(), where));
  const { config } = parseImageManifest(bytes, entry.mediaType, where);
  return candidate(entry, bytes, await store.content.read(config.digest, MAX_CONFIG));
}

/** A whole name, or what somebody calls it: `latest` alone names no repository. */
function namesOf({ annotations = {} }: Descriptor): string[] {
  const text = annotations['io.containerd.image.name'] ?? annotations['org.opencontainers.image.ref.name'];
  return text !== undefined && /[/:]/.test(text) ? [tagName(text)] : [];
}

function fileOf(files: Files, path: string): Descriptor {
  const file = files.get(path.replace(/^\.?\//, ''));
  if (file) return file;
  throw new DrydockError('ARCHIVE_INVALID', `the archive has no file ${JSON.stringify(path)}`, {
    hint: 'its manifest.json names it: the archive is cut off, or was put together by hand',
  });
}
