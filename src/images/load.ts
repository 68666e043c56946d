/**
 * `load`: images out of an archive that `save`, Docker, podman or skopeo has written.
 *
 *     archive ── each file a blob, hashed on its way in ──▶ content store ── manifest.json or index.json ──▶ images
 *
 * A large layer is unpacked on its way (early.ts). The archive is read once, from its beginning to its end, so that it
 * may come through a pipe: what leads to what is written in a file that may come last. Nothing is written under a name
 * of the archive's; its paths are only looked up. Files that no image leads to are collected afterwards.
 */
import { posix } from 'node:path';
import type { Lease } from '../content/content.ts';
import type { Descriptor } from '../content/descriptor.ts';
import { parseDigest, type Digest } from '../content/digest.ts';
import { DrydockError } from '../errors.ts';
import { decompressedAny, readTar, type ReadEntry } from '../layers/index.ts';
import { peek } from '../peek.ts';
import type { OnProgress, Store } from './images.ts';
import { dockerImages, ociImages, type Files, type Loaded } from './archive.ts';
import { collectGarbage } from './collect.ts';
import { Early, type Companion } from './early.ts';
import { shown } from './names.ts';
import { register, withLease } from './register.ts';
import { unpackLayers } from './unpack.ts';
import { bar, line, shortId } from './words.ts';

/** The ids of what was in it. Throws ARCHIVE_INVALID, MANIFEST_INVALID or DIGEST_MISMATCH. */
export async function loadImages(
  store: Store,
  archive: AsyncIterable<Uint8Array>,
  { onProgress: tell = () => undefined }: { onProgress?: OnProgress } = {},
): Promise<Digest[]> {
  const early = new Early(store);
  try {
    return await withLease(store, 'load', async (lease) => {
      const files = await takeIn(store, archive, lease, early);
      const images = await read(store, files, lease);
      for (const { image, tags } of images) {
        const told = ({ diffId }: { diffId: Digest }): string => shortId(diffId);
        await unpackLayers(store, image.layers, {
          early: ({ blob }) => early.take(blob.digest),
          onProgress: (layer, bytes) => tell(bar(told(layer), 'Loading layer', bytes, layer.blob.size)),
          onUnpacked: (layer) => tell(line(told(layer), 'Loaded')),
        });
        await register(store, image, { tags });
        for (const name of tags) tell({ stream: `Loaded image: ${shown(name)}\n` });
        if (tags.length === 0) tell({ stream: `Loaded image ID: ${image.id}\n` });
      }
      return images.map(({ image }) => image.id);
    });
  } finally {
    try {
      await early.close();
    } finally {
      await collectGarbage(store);
    }
  }
}

async function read(store: Store, files: Files, lease: Lease): Promise<Loaded[]> {
  if (files.has('manifest.json')) return dockerImages(store, files, lease);
  if (files.has('index.json')) return ociImages(store, files);
  throw new DrydockError(
    'ARCHIVE_INVALID',
    'the archive holds no images: it has neither manifest.json nor index.json',
    {
      hint: '`drydock save` and `docker save` write such archives; one of plain files is for `drydock import`',
    },
  );
}

/** Every file becomes a blob. */
async function takeIn(store: Store, archive: AsyncIterable<Uint8Array>, lease: Lease, early: Early): Promise<Files> {
  const files = new Map<string, Descriptor>();
  const links: [path: string, target: string][] = [];
  for await (const entry of readTar(decompressedAny(archive))) {
    const path = plainPath(entry.path.toString());
    if (entry.type === 'file') files.set(path, await takeOne(store, entry, path, lease, early));
    // Docker before 25 wrote a layer that two images have once, and a link to it.
    else if (entry.type === 'symlink')
      links.push([path, plainPath(posix.join(posix.dirname(path), String(entry.target)))]);
    else if (entry.type === 'link') links.push([path, plainPath(String(entry.target))]);
  }
  for (const [path, target] of links) {
    const file = files.get(target);
    if (file) files.set(path, file);
  }
  return files;
}

const plainPath = (path: string): string => posix.normalize(path).replace(/^[./]+(?=[^./]|$)/, '');

async function takeOne(
  { content }: Store,
  entry: ReadEntry,
  path: string,
  lease: Lease,
  early: Early,
): Promise<Descriptor> {
  const { size } = entry;
  const [, hex] = /^blobs\/sha256\/([0-9a-f]{64})$/.exec(path) ?? [];
  const digest = hex ? parseDigest(`sha256:${hex}`) : undefined;
  // Without a key: all of it comes anyway, and whoever pulls the same blob from somewhere slow is not waited for.
  const ingest = digest ? await content.ingest({ digest, size, lease }) : await content.ingest({ size, lease });
  if (!ingest) return { mediaType: 'application/octet-stream', digest: digest!, size };
  let companion: Companion | undefined;
  try {
    const { start, all } = await peek(entry.data(), 512);
    companion = early.begin(ingest, start, size);
    for await (const chunk of all) {
      await ingest.write(chunk);
      companion?.grows(ingest.offset);
    }
    const descriptor = await ingest.commit();
    companion?.ends(descriptor.digest, size);
    return descriptor;
  } catch (error) {
    companion?.fail(error);
    await ingest.abort();
    throw error;
  }
}
