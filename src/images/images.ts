/**
 * Images: what a container starts from.
 *
 * The words, from the outside in. A **name** (`docker.io/library/busybox:latest`) is a line in our database and leads to
 * an image. An **image** is its config: the digest of the config's bytes is the image's id, so an image cannot change
 * without becoming another one. A **manifest** names the config and the layers as blobs, and an **index** names one
 * manifest for each platform; both only carry an image from here to there, and one image may have several. A **layer** is
 * a difference between two file trees, as a tar archive. It has two digests: the **diff ID** is that of the plain
 * archive, stands in the config, and is what makes the image the same image; the blob's is that of the bytes that
 * travel, compressed by whoever pushed them. The **chain ID** names a layer together with everything below it, and so it
 * is the name of a snapshot.
 *
 *     name ──▶ image = config ──▶ diff IDs ──▶ chain IDs ──▶ snapshots      (to run)
 *                 ▲
 *     manifest ───┴─────────────▶ layers' blobs                             (to carry)
 *
 * Invariants:
 *
 *  1. `images/db.json` is the truth. A blob or a snapshot that nothing in it leads to is rubbish, and is collected.
 *  2. An image appears in it after everything that it leads to is on the disk, and goes before any of it goes. So a
 *     crash leaves rubbish, never a name of something that is not there.
 *  3. Nothing is believed because somebody says so: a blob is hashed on its way in, an unpacked layer has to have the
 *     diff ID that the config says, a config has to have the digest that the manifest says.
 *
 * Each operation is a file of this folder that exports a function which takes a `Store` first: pull.ts, push.ts, list.ts,
 * tag.ts, remove.ts, history.ts, inspect.ts, import.ts, save.ts, load.ts, commit.ts, diff.ts, prune.ts.
 *
 * OCI image specification 1.1 (config.md, manifest.md, image-index.md); Docker image specification 1.2, manifest v2
 * schema 2.
 */
import type { Content } from '../content/content.ts';
import type { Descriptor } from '../content/descriptor.ts';
import type { Digest } from '../content/digest.ts';
import type { Snapshotter } from '../snapshots/snapshotter.ts';
import type { ImageConfig } from './config.ts';
import type { Database } from './db.ts';

/** What every operation works on. Made by `openStore` (store.ts). */
export interface Store {
  /** DRYDOCK_ROOT. */
  readonly root: string;
  readonly content: Content;
  readonly snapshots: Snapshotter;
  readonly db: Database;
}

/** An image with what follows from its config and its manifest. */
export interface Image {
  /** The digest of its config. */
  readonly id: Digest;
  readonly config: ImageConfig;
  /** Through which its layers can be had. */
  readonly manifest: Descriptor;
  /** The bottom one first. */
  readonly layers: readonly ImageLayer[];
  /** `docker.io/library/busybox:latest` */
  readonly tags: readonly string[];
  /** `docker.io/library/busybox@sha256:…`: under which digests a registry has it. */
  readonly digests: readonly string[];
  /** The image that it was committed or built from, if that was here. */
  readonly parent?: Digest;
}

/** One layer of an image: as it travels, and as it is stacked. */
export interface ImageLayer {
  /** The blob, as the manifest names it. */
  readonly blob: Descriptor;
  readonly diffId: Digest;
  /** Of this layer on everything below it: the name of its snapshot. */
  readonly chainId: Digest;
}

/**
 * What an operation tells while it goes on: a line of Docker's progress stream, and the body of an HTTP answer when the
 * engine speaks it. A `status` with an `id` replaces the one before of the same id on a terminal.
 */
export interface Progress {
  readonly status?: string;
  /** The short form of a layer's digest, or a tag. */
  readonly id?: string;
  readonly progressDetail?: { readonly current?: number; readonly total?: number };
  /** Text that is printed as it is (`load`). */
  readonly stream?: string;
  /** For programs: what came out of it. */
  readonly aux?: { readonly Tag?: string; readonly Digest?: string; readonly Size?: number; readonly ID?: string };
}

export type OnProgress = (progress: Progress) => void;
