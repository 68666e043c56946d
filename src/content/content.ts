/**
 * The content store: bytes that are named by their digest.
 *
 *     content/blobs/sha256/<64 hex>   whole, checked, never changed: 0444
 *             ingest/<32 hex>         what is still coming; named after the key that its writer gave
 *                    once-<32 hex>    the same without a key, which nobody can continue
 *             leases/<name>.….json    what must not be collected yet, though nothing points at it
 *             lock                    shared while somebody takes a blob into use, exclusive while garbage goes
 *             oci-layout, index.json  a view for skopeo, umoci and podman; written anew, never read by us
 *
 * Invariant: whatever lies in blobs/ is what its name says. Bytes are hashed while they come, into a file of
 * ingest/; that file is checked, fsynced, then renamed. So a crash leaves a part in ingest/, which the next ingest of
 * the same key continues, or nothing at all.
 *
 * A blob lives as long as something leads to it: an image, a snapshot, or a lease. Who takes blobs in holds a
 * lease first, adds what points at them to its own books, and releases the lease last:
 *
 *     const lease = await content.lease('pull-busybox', hour);
 *     const ingest = await content.ingest({ key: digest, digest, size, lease });
 *     if (ingest) {                        // undefined: it is here already, and the lease holds it
 *       for await (const chunk of from(ingest.offset)) await ingest.write(chunk);
 *       await ingest.commit();
 *     }
 *     …                                    // the image is written into images/db.json
 *     await lease.release();
 *
 * Several processes may work on one store at the same time. OCI image spec, image-layout.md.
 */
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { makeFolders } from '../linux/make-folders.ts';
import { Blobs } from './blobs.ts';
import { collect, staleAfter } from './collect.ts';
import type { Descriptor } from './descriptor.ts';
import { digestOf, type Digest } from './digest.ts';
import { Ingests } from './ingest.ts';
import { Leases } from './leases.ts';
import { withLock } from './lock.ts';
import { writeView } from './view.ts';

export interface BlobFacts {
  digest: Digest;
  size: number;
  /** When it was committed. */
  modified: Date;
}

export interface IngestRequest {
  /** Names the work, so that who comes again continues it: the digest. Absent: nobody does, and what is cut off is rubbish. */
  key?: string;
  /** What the bytes must turn out to be; checked by `commit`. */
  digest?: Digest;
  size?: number;
  /** Holds the blob from the moment at which it is whole. */
  lease: Lease;
  /** Ends the wait for another who writes the same key. */
  signal?: AbortSignal;
}

/** A blob that is coming in. Ends with `commit`, `abort` or `close`. */
export interface Ingest {
  /** How many bytes are here already: the next `write` is what follows them. */
  readonly offset: number;
  /** Resolves when the next chunk may come. Throws DIGEST_MISMATCH as soon as it is more than the promised size. */
  write(chunk: Uint8Array): Promise<void>;
  /**
   * Checks, fsyncs, renames. Throws DIGEST_MISMATCH when the bytes are not what was promised, here or in the request;
   * then nothing of them stays, and the next ingest begins anew.
   */
  commit(promised?: { digest?: Digest; size?: number }): Promise<Descriptor>;
  /** The file that it grows in, for whoever reads what is below `offset` already. A commit leaves it the same file. */
  open(): Promise<FileHandle>;
  /** Throws away what has come. Nothing after a commit. */
  abort(): Promise<void>;
  /** Leaves what has come for the next ingest of this key. Nothing after a commit. */
  close(): Promise<void>;
}

export interface Lease {
  readonly name: string;
  /** Blobs in use, though nothing else may lead to them yet. Throws CONTENT_MISSING if one is not here. */
  hold(...digests: Digest[]): Promise<void>;
  /** Begins the time anew. */
  renew(): Promise<void>;
  release(): Promise<void>;
}

export interface CollectRequest {
  /** Asked once, when nobody can take a blob into use any more. */
  roots: () => Iterable<Digest> | Promise<Iterable<Digest>>;
  /** What a blob leads to: of a manifest its config and layers, of a layer nothing. Missing ones are no error. */
  children: (digest: Digest) => Iterable<Digest> | Promise<Iterable<Digest>>;
  /** Parts in ingest/ that nobody has gone on with for so many milliseconds go, too. Default: a day; none without a key. */
  stale?: number;
}

export interface Collected {
  blobs: Digest[];
  /** Unfinished ingests that went. */
  ingests: number;
  /** Bytes that are free now. */
  freed: number;
}

export interface Broken {
  digest: Digest;
  /** What the bytes hash to. */
  found: Digest;
  size: number;
}

export interface Content {
  readonly folder: string;
  /** undefined: it is not here. */
  stat(digest: Digest): Promise<BlobFacts | undefined>;
  /** All of a small blob, checked against its name. Throws CONTENT_MISSING, CONTENT_BROKEN, or CONTENT_TOO_LARGE. */
  read(digest: Digest, limit: number): Promise<Buffer>;
  /** Not checked again: whoever unpacks compares the diff ID, whoever receives it compares the digest. */
  stream(digest: Digest, options?: { offset?: number }): Promise<Readable>;
  /** Where the blob lies, for whoever reads the file itself. Throws CONTENT_MISSING. */
  path(digest: Digest): Promise<string>;
  list(): Promise<BlobFacts[]>;
  /** Waits while another writes the same key, and goes on where that one stopped. undefined: the blob is here, and held. */
  ingest(request: IngestRequest & { digest: Digest }): Promise<Ingest | undefined>;
  ingest(request: IngestRequest & { digest?: undefined }): Promise<Ingest>;
  /** `ingest`, `write`, `commit` of bytes that are at hand. */
  put(bytes: Uint8Array, lease: Lease, mediaType?: string): Promise<Descriptor>;
  /**
   * Holds for so many milliseconds, unless released before. A name is [a-zA-Z0-9][a-zA-Z0-9_.-]*, at most 100 long.
   * Before, parts go that nobody has gone on with for a day.
   */
  lease(name: string, ttl: number): Promise<Lease>;
  /** Removes a blob whatever leads to it; nothing if it is not here. */
  delete(digest: Digest): Promise<void>;
  /** Removes what neither roots nor leases lead to. */
  collect(request: CollectRequest): Promise<Collected>;
  /** Hashes everything. Broken blobs stay: `delete` removes them, a pull brings them again. */
  verify(): AsyncIterable<Broken>;
  /** Writes oci-layout and index.json: what foreign tools see. */
  view(manifests: readonly Descriptor[]): Promise<void>;
}

/** Opens a store, and makes what is missing of it. Readable by root alone: images have setuid programs (CVE-2021-41091). */
export async function openContent(folder: string): Promise<Content> {
  const below = (...names: string[]): string => join(folder, ...names);
  for (const part of [below('blobs', 'sha256'), below('ingest'), below('leases')]) makeFolders(part, 0o700);
  const guard = below('lock');
  const blobs = new Blobs(below('blobs', 'sha256'));
  const leases = new Leases(below('leases'), guard, blobs);
  const ingests = new Ingests(below('ingest'), blobs);
  const content: Content = {
    folder,
    stat: (digest) => blobs.stat(digest),
    read: (digest, limit) => blobs.read(digest, limit),
    stream: (digest, { offset } = {}) => blobs.stream(digest, offset),
    path: async (digest) => blobs.at((await blobs.expect(digest)).digest),
    list: () => blobs.list(),
    ingest: ((request: IngestRequest) => ingests.ingest(request)) as Content['ingest'],
    put: (bytes, lease, mediaType) => put(content, bytes, lease, mediaType),
    lease: async (name, ttl) => {
      // Who only ever pulls never collects: what was cut off and given up goes here.
      await ingests.collect(staleAfter);
      return leases.lease(name, ttl);
    },
    delete: (digest) => blobs.delete(digest),
    collect: (request) => withLock(guard, 'alone', () => collect(blobs, leases, ingests, request)),
    verify: () => blobs.verify(),
    view: (manifests) => writeView(folder, manifests),
  };
  return content;
}

async function put(content: Content, bytes: Uint8Array, lease: Lease, mediaType?: string): Promise<Descriptor> {
  const digest = digestOf(bytes);
  // Without a key: they are at hand, and what is made anew after a crash may be others (a config has the time in it).
  const ingest = await content.ingest({ digest, size: bytes.length, lease });
  try {
    await ingest?.write(bytes);
    await ingest?.commit();
  } finally {
    await ingest?.close();
  }
  return { mediaType: mediaType ?? 'application/octet-stream', digest, size: bytes.length };
}
