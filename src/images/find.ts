/**
 * From what a person types to an image: a name, an id, or the first digits of one, as Docker understands them. A name
 * wins over an id: `cafe` is `docker.io/library/cafe:latest` if there is one.
 */
import type { Digest } from '../content/digest.ts';
import { DrydockError } from '../errors.ts';
import { familiar, parseReference, printReference, withDefaultTag, type Reference } from '../registry/reference.ts';
import { chainIds } from './chain.ts';
import { MAX_CONFIG, parseConfig } from './config.ts';
import type { Data, ImageRecord } from './db.ts';
import type { Image, ImageLayer, Store } from './images.ts';
import { withNearImage } from './near.ts';
import { MAX_MANIFEST, parseManifest } from './manifest.ts';

/** The id of the image that is meant. Throws IMAGE_MISSING, or BAD_USAGE where digits could mean several. */
export function findId(data: Data, text: string): Digest {
  const id = findIdNamed(data, text) ?? idBeginning(data, text);
  if (id) return id;
  throw withNearImage(missing(text), data, text);
}

/** The same, undefined where there is none. */
export function findIdIfThere(data: Data, reference: Reference): Digest | undefined {
  const name = printReference(reference);
  // A name with both means the digest: the tag may have moved on.
  if (reference.digest) return data.digests[printReference({ ...reference, tag: undefined })];
  return data.tags[name];
}

/** The image with everything that follows from its config. Throws IMAGE_MISSING, CONTENT_MISSING or CONTENT_BROKEN. */
export async function findImage(store: Store, text: string): Promise<Image> {
  const data = store.db.read();
  return readImage(store, findId(data, text), data);
}

/** An image of the database by its id. */
export async function readImage({ content, db }: Store, id: Digest, data: Data = db.read()): Promise<Image> {
  const record = data.images[id];
  if (!record) throw missing(id);
  const { manifest, parent } = record;
  const config = parseConfig(await content.read(id, MAX_CONFIG), `the config ${id}`);
  const bytes = await content.read(manifest.digest, MAX_MANIFEST);
  const { layers } = parseManifest(bytes, manifest.mediaType, `the manifest ${manifest.digest}`);
  const chain = chainIds(config.rootfs.diff_ids);
  const named = (names: Record<string, Digest>): string[] =>
    Object.keys(names)
      .filter((name) => names[name] === id)
      .sort();
  return {
    id,
    config,
    manifest,
    layers: layers.map((blob, i): ImageLayer => ({ blob, diffId: config.rootfs.diff_ids[i]!, chainId: chain[i]! })),
    tags: named(data.tags),
    digests: named(data.digests),
    parent,
  };
}

/** The image that is meant, and all that were made of it here by `build` or `commit`; nothing where it is not clear which. */
export function withDescendants(data: Data, text: string): ReadonlySet<Digest> {
  let id: Digest;
  try {
    id = findId(data, text);
  } catch (error) {
    if (error instanceof DrydockError && ['IMAGE_MISSING', 'BAD_USAGE'].includes(error.code)) return new Set();
    throw error;
  }
  const family = new Set([id]);
  const images = Object.entries(data.images) as [Digest, ImageRecord][];
  // What is added while a set is walked is walked, too.
  for (const one of family) for (const [child, { parent }] of images) if (parent === one) family.add(child);
  return family;
}

/** By a name, with or without tag; undefined for what is none, or is nobody's. */
export function findIdNamed(data: Data, text: string): Digest | undefined {
  let reference: Reference;
  try {
    reference = withDefaultTag(parseReference(text));
  } catch (error) {
    // It may be an id all the same: sha256:…, or 64 digits.
    if (error instanceof DrydockError && error.code === 'REFERENCE_INVALID') return undefined;
    throw error;
  }
  return findIdIfThere(data, reference);
}

function idBeginning({ images }: Data, text: string): Digest | undefined {
  const digits = text.replace(/^sha256:/, '');
  if (!/^[0-9a-f]{1,64}$/.test(digits)) return undefined;
  const ids = (Object.keys(images) as Digest[]).filter((id) => id.startsWith(`sha256:${digits}`));
  if (ids.length < 2) return ids[0];
  throw new DrydockError('BAD_USAGE', `several images have an id that begins with ${digits}`, {
    hint: `give more digits: ${ids.slice(0, 4).join(', ')}`,
  });
}

/** In Docker's words, which scripts look for. */
export function missing(text: string): DrydockError {
  return new DrydockError('IMAGE_MISSING', `No such image: ${spelled(text)}`, {
    hint: '`drydock images` lists what is here, `drydock pull` fetches one',
  });
}

function spelled(text: string): string {
  try {
    return familiar(withDefaultTag(parseReference(text)));
  } catch {
    return text; // No name: an id, or what somebody took for one.
  }
}
