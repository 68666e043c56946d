/**
 * From the layers of an image to its snapshots.
 *
 * Each layer becomes the snapshot that is named after its chain ID, and what it hashes to without its compression must be
 * the diff ID that the image's config has: the blob's digest has said only that these are the bytes which the manifest
 * names, and a manifest can name anything.
 *
 * Where the driver stacks layers by mounting them, all are unpacked at the same time, each as soon as its bytes are here,
 * a large one while they come (book/decisions/0060-a-layer-is-unpacked-on-its-way.md); they are committed from the bottom
 * up. Elsewhere a layer is unpacked into a copy of those below, one after the other.
 *
 * A folder that a layer goes through and does not name is made with mode 0755, root's; where layers are stacked by mounting,
 * that hides the owner and mode which a layer below gave it. dockerd's overlay2 does the same, and so an image is the same
 * for both.
 *
 * Two who unpack the same layer work each for himself, and the first one who is done wins. What a crash has left is known
 * by its key, which names the process that was at work.
 */
import { hexOf } from '../content/digest.ts';
import { DrydockError } from '../errors.ts';
import { unpack, type Source, type Unpacked } from '../layers/index.ts';
import { isSame, readStat } from '../linux/procfs.ts';
import type { Snapshotter } from '../snapshots/snapshotter.ts';
import { along, LARGE, type Coming } from './growth.ts';
import type { Image, ImageLayer, Store } from './images.ts';
import { limited } from './limited.ts';

export interface Watcher {
  /** Resolves when the blob of this layer is in the content store. Absent: all are. */
  readonly arrived?: (layer: ImageLayer) => Promise<void>;
  /** Resolves when it begins to come; undefined when it is there first. */
  readonly coming?: (layer: ImageLayer) => Promise<Coming | undefined>;
  /** What somebody has made of this layer already. */
  readonly early?: (layer: ImageLayer) => Promise<Made | undefined>;
  /** Bytes of the blob that have been read. */
  readonly onProgress?: (layer: ImageLayer, bytes: number) => void;
  readonly onUnpacked?: (layer: ImageLayer) => void;
  readonly signal?: AbortSignal;
}

/** A snapshot that is filled, and has no name yet. */
export interface Made {
  readonly key: string;
  readonly unpacked: Unpacked;
}

/** More at once than there are processors gains nothing: it is decompression, hashing and the kernel's work. */
const AT_ONCE = 3;

/** Sees to it that all layers of an image are snapshots of this store's driver. Throws CONTENT_MISSING. */
export async function ensureUnpacked(store: Store, { layers }: Pick<Image, 'layers'>): Promise<void> {
  await unpackLayers(store, layers);
}

/** The layers of an image that are no snapshots yet, the bottom one first. */
export async function notUnpacked(
  { snapshots }: Pick<Store, 'snapshots'>,
  layers: readonly ImageLayer[],
): Promise<ImageLayer[]> {
  const there = new Set((await snapshots.walk()).filter(({ kind }) => kind === 'committed').map(({ name }) => name));
  return layers.filter(({ chainId }) => !there.has(chainId));
}

/** Unpacks what is not unpacked yet. Throws DIGEST_MISMATCH for a layer that is not what the config says. */
export async function unpackLayers(store: Store, layers: readonly ImageLayer[], watcher: Watcher = {}): Promise<void> {
  const missing = await notUnpacked(store, layers);
  if (missing.length === 0) return;
  await removeLeftovers(store.snapshots);
  const work = new Unpacking(store, layers, watcher);
  // One that fails makes those above it pointless; each is given the time to take back what it has begun.
  const results = await Promise.allSettled(missing.map((layer) => work.unpack(layer)));
  const failed = results.find((result) => result.status === 'rejected');
  if (failed) throw failed.reason;
}

class Unpacking {
  /** Of each layer by its place: resolves when it is committed. */
  private readonly committed = new Map<ImageLayer, Promise<void>>();
  private readonly failure = new AbortController();
  private readonly slots = limited(AT_ONCE);
  private readonly signal: AbortSignal;

  constructor(
    private readonly store: Store,
    private readonly layers: readonly ImageLayer[],
    private readonly watcher: Watcher,
  ) {
    this.signal = AbortSignal.any([this.failure.signal, ...(watcher.signal ? [watcher.signal] : [])]);
  }

  unpack(layer: ImageLayer): Promise<void> {
    const done = this.attempt(layer).catch((error: unknown) => {
      this.failure.abort(error);
      throw error;
    });
    this.committed.set(layer, done);
    return done;
  }

  private async attempt(layer: ImageLayer): Promise<void> {
    const early = await this.watcher.early?.(layer);
    if (early) return this.commit(layer, early.key, async () => early.unpacked);
    if (await this.isMadeOnItsWay(layer)) return;
    await this.watcher.arrived?.(layer);
    await this.make(layer, { file: await this.store.content.path(layer.blob.digest) });
  }

  /** What goes wrong on the way is judged when all of it is here. */
  private async isMadeOnItsWay(layer: ImageLayer): Promise<boolean> {
    const { coming, arrived } = this.watcher;
    if (!coming || !this.store.snapshots.stacking || layer.blob.size < LARGE) return false;
    const begun = await coming(layer);
    if (!begun) return false;
    try {
      // It takes no slot: it waits most of the time.
      const isMade = await along(begun, (source) => this.make(layer, source, (fill) => fill()).then(() => true));
      return isMade ?? false;
    } catch (error) {
      await arrived?.(layer);
      if (this.signal.aborted) throw error;
      return false;
    }
  }

  /** From an archive to a committed snapshot. */
  private async make(layer: ImageLayer, source: Source, inTurn = this.slots): Promise<void> {
    const { snapshots } = this.store;
    this.signal.throwIfAborted();
    const key = keyOf(layer);
    const below = this.below(layer);
    if (!snapshots.stacking) await this.isCommitted(below);
    await snapshots.prepare(key, snapshots.stacking ? undefined : below?.chainId);
    await this.commit(layer, key, () => inTurn(() => this.fill(layer, key, source)));
  }

  /** Gives the snapshot its name when it is filled; removes it when that fails. */
  private async commit(layer: ImageLayer, key: string, filled: () => Promise<Unpacked>): Promise<void> {
    const { snapshots, db } = this.store;
    const below = this.below(layer);
    try {
      const { diffId, size, filled: files } = await filled();
      await this.watcher.arrived?.(layer); // before it counts, its bytes have been checked
      if (diffId !== layer.diffId) throw mismatch(layer, diffId);
      await this.isCommitted(below);
      await snapshots.commit(layer.chainId, key, snapshots.stacking ? below?.chainId : undefined);
      await db.change(({ layers }) => void (layers[layer.diffId] ??= { size, files }));
    } catch (error) {
      await snapshots.remove(key);
      // Somebody else was faster, with the same bytes: the name says what is in it.
      if (!(error instanceof DrydockError && error.code === 'SNAPSHOT_EXISTS')) throw error;
    }
    this.watcher.onUnpacked?.(layer);
  }

  private below(layer: ImageLayer): ImageLayer | undefined {
    return this.layers[this.layers.indexOf(layer) - 1];
  }

  private async isCommitted(layer: ImageLayer | undefined): Promise<void> {
    if (layer) await this.committed.get(layer);
  }

  private fill(layer: ImageLayer, key: string, source: Source): Promise<Unpacked> {
    const { onProgress } = this.watcher;
    const told = onProgress && ((bytes: number): void => onProgress(layer, bytes));
    return this.store.snapshots.withTarget(key, (target) =>
      unpack(source, { ...target, signal: this.signal, onProgress: told }),
    );
  }
}

function mismatch({ blob, diffId }: ImageLayer, found: string): DrydockError {
  return new DrydockError('DIGEST_MISMATCH', `the layer ${blob.digest} is not what the image says`, {
    hint: `without its compression it is ${found}, and the config says ${diffId}`,
  });
}

const KEY = /^(?:unpack|look)-[0-9a-f]{12}-(\d+)-(\d+)-\d+$/;
let count = 0;

/** The key of a snapshot that only this process works on: when it is gone, so is what the snapshot was for. */
export function workKey(what: 'unpack' | 'look', digits: string): string {
  return `${what}-${digits.slice(0, 12)}-${process.pid}-${readStat('self')!.startTime}-${++count}`;
}

const keyOf = ({ chainId }: ImageLayer): string => workKey('unpack', hexOf(chainId));

/** Removes what processes that are gone have begun to unpack, or left half made or half removed. */
export async function removeLeftovers(snapshots: Snapshotter): Promise<void> {
  await snapshots.cleanup();
  for (const { name } of await snapshots.walk()) {
    const [, pid, startTime] = KEY.exec(name) ?? [];
    if (pid && !isSame(`/proc/${pid}`, startTime!)) await removeIfThere(snapshots, name);
  }
}

/** Two may find the same. */
export async function removeIfThere(snapshots: Snapshotter, name: string): Promise<void> {
  try {
    await snapshots.remove(name);
  } catch (error) {
    if (!(error instanceof DrydockError && error.code === 'SNAPSHOT_MISSING')) throw error;
  }
}
