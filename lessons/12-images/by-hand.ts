/**
 * Images that are put together byte by byte, for the checks, the demo and the attacks of this lesson: whoever has made the
 * bytes knows every digest, and need not ask the code that is to be judged. So they are hashed by Node alone.
 */
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import type { Digest } from '../../src/content/digest.ts';
import type { RunConfig } from '../../src/images/config.ts';
import type * as images from '../../src/images/index.ts';
import type { Store } from '../../src/images/images.ts';
import { OCI_CONFIG, OCI_INDEX, OCI_LAYER, OCI_MANIFEST } from '../../src/images/media-types.ts';
import { hostPlatform } from '../../src/images/platform.ts';
import { writeTar, type WrittenEntry } from '../../src/layers/index.ts';
import { withMounted } from '../../src/snapshots/mount.ts';

/** What `sha256sum` says, as the specifications write it. */
export const sha256 = (bytes: Uint8Array | string): Digest =>
  `sha256:${createHash('sha256').update(bytes).digest('hex')}` as Digest;

/** A layer twice: the plain archive, whose digest is its diff ID, and the blob that travels. */
export interface Layer {
  readonly diffId: Digest;
  readonly blob: Buffer;
  readonly mediaType: string;
}

export interface ByHand {
  /** `docker.io/library/hand:1` */
  readonly name: string;
  readonly layers: readonly Layer[];
  readonly config: Buffer;
  readonly manifest: Buffer;
}

/** An entry of an archive; a file is owned by root and readable by all, and of no time. */
export function entry(type: WrittenEntry['type'], path: string, more: Partial<WrittenEntry> = {}): WrittenEntry {
  const size = more.data instanceof Uint8Array ? more.data.length : 0;
  const mtime = { seconds: 0, nanoseconds: 0 };
  return {
    type,
    path: Buffer.from(path),
    mode: type === 'directory' ? 0o755 : 0o644,
    uid: 0,
    gid: 0,
    size,
    mtime,
    ...more,
  };
}

export const textFile = (path: string, text: string): WrittenEntry => entry('file', path, { data: Buffer.from(text) });

/** All of a stream. */
export async function collected(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of stream) pieces.push(piece);
  return Buffer.concat(pieces);
}

export const archiveOf = (entries: readonly WrittenEntry[]): Promise<Buffer> => collected(writeTar(entries));

/** A layer with these files. Compressed, it has two digests. */
export async function layerOf(files: Readonly<Record<string, string>>, { gzip = false } = {}): Promise<Layer> {
  const plain = await archiveOf(Object.entries(files).map(([path, text]) => textFile(path, text)));
  const blob = gzip ? gzipSync(plain) : plain;
  return { diffId: sha256(plain), blob, mediaType: gzip ? `${OCI_LAYER}+gzip` : OCI_LAYER };
}

/** The image with these layers, the bottom one first. */
export function imageOf(name: string, layers: readonly Layer[], run: RunConfig = {}): ByHand {
  const rootfs = { type: 'layers', diff_ids: layers.map(({ diffId }) => diffId) };
  const config = json({ ...hostPlatform(), config: run, rootfs });
  const manifest = json({
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    config: descriptor(OCI_CONFIG, config),
    layers: layers.map(({ blob, mediaType }) => descriptor(mediaType, blob)),
  });
  return { name, layers, config, manifest };
}

const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
const descriptor = (mediaType: string, bytes: Buffer): object => ({
  mediaType,
  digest: sha256(bytes),
  size: bytes.length,
});

/** The images as one OCI layout in an archive: what `load` takes. */
export function layoutOf(made: readonly ByHand[]): Promise<Buffer> {
  const blobs = new Map(
    made.flatMap(({ layers, config, manifest }) =>
      [...layers.map(({ blob }) => blob), config, manifest].map((bytes) => [sha256(bytes), bytes] as const),
    ),
  );
  const manifests = made.map(({ name, manifest }) => ({
    ...descriptor(OCI_MANIFEST, manifest),
    annotations: { 'org.opencontainers.image.ref.name': name },
  }));
  return archiveOf([
    ...[...blobs].map(([digest, data]) => entry('file', `blobs/${digest.replace(':', '/')}`, { data })),
    entry('file', 'index.json', { data: json({ schemaVersion: 2, mediaType: OCI_INDEX, manifests }) }),
    entry('file', 'oci-layout', { data: json({ imageLayoutVersion: '1.0.0' }) }),
  ]);
}

export interface Shelf {
  readonly store: Store;
  readonly folder: string;
  load(...made: ByHand[]): Promise<void>;
  /** Runs `body` with the tree that a container of this image would begin with. */
  look<T>(name: string, body: (tree: string) => T): Promise<T>;
}

/** Runs `body` with an empty store of its own; everything goes with it. */
export async function withShelf<T>(
  { openStore, loadImages, findImage }: Pick<typeof images, 'openStore' | 'loadImages' | 'findImage'>,
  body: (shelf: Shelf) => Promise<T>,
): Promise<T> {
  const folder = mkdtempSync(join(process.env.DRYDOCK_RUN ?? tmpdir(), 'images-'));
  try {
    const store = await openStore(folder, { driver: 'overlay' });
    return await body({
      store,
      folder,
      load: async (...made) => void (await loadImages(store, Readable.from([await layoutOf(made)]))),
      async look(name, body) {
        const { layers } = await findImage(store, name);
        const mounts = await store.snapshots.view('look', layers.at(-1)!.chainId);
        try {
          return await withMounted(mounts, join(folder, 'look'), body);
        } finally {
          await store.snapshots.remove('look');
        }
      },
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}
