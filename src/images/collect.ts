/**
 * What goes when an image has gone: the snapshots and blobs that no image leads to any more.
 *
 * Nothing is counted. Each time it is found anew what the database leads to; what remains is rubbish. Snapshots are
 * judged and removed while nobody can change the database, blobs while nobody can take one into use: so what a pull has
 * found here a moment ago, and not registered yet, may go, and the pull looks once more when it is done (register.ts).
 */
import type { Collected } from '../content/content.ts';
import { isDigest, type Digest } from '../content/digest.ts';
import { DrydockError } from '../errors.ts';
import type { Info } from '../snapshots/snapshotter.ts';
import { chainIds } from './chain.ts';
import { MAX_CONFIG, parseConfig } from './config.ts';
import type { Data } from './db.ts';
import type { Store } from './images.ts';
import { childrenOf, MAX_MANIFEST } from './manifest.ts';
import { removeLeftovers } from './unpack.ts';

export interface Garbage extends Collected {
  /** Chain IDs of the snapshots that went, the top one of each chain first. */
  readonly snapshots: string[];
}

/** Removes what no image, no container and no lease leads to. */
export async function collectGarbage(store: Store): Promise<Garbage> {
  await removeLeftovers(store.snapshots);
  const snapshots = await store.db.change((data) => removeSnapshots(store, data));
  return { ...(await collectBlobs(store)), snapshots };
}

async function removeSnapshots(store: Store, data: Data): Promise<string[]> {
  const { chains, diffIds } = await used(store, data);
  const removed: string[] = [];
  for (let found = true; found;) {
    found = false;
    const all = await store.snapshots.walk();
    const parents = new Set(all.map(({ parent }) => parent));
    const free = all.filter((info) => isLayer(info) && !chains.has(info.name) && !parents.has(info.name));
    for (const { name } of free)
      if (await isRemoved(store, name)) {
        removed.push(name);
        found = true;
      }
  }
  for (const diffId of Object.keys(data.layers) as Digest[]) if (!diffIds.has(diffId)) delete data.layers[diffId];
  return removed;
}

/** A layer of an image; everything else belongs to a container. */
const isLayer = ({ kind, name }: Info): boolean => kind === 'committed' && isDigest(name);

/** A container may have come to stand on it just now. */
async function isRemoved({ snapshots }: Store, name: string): Promise<boolean> {
  try {
    await snapshots.remove(name);
    return true;
  } catch (error) {
    if (error instanceof DrydockError && ['SNAPSHOT_IN_USE', 'SNAPSHOT_MISSING'].includes(error.code)) return false;
    throw error;
  }
}

async function diffIdsOf({ content }: Store, id: Digest): Promise<Digest[]> {
  return parseConfig(await content.read(id, MAX_CONFIG), `the config ${id}`).rootfs.diff_ids;
}

/** What the images are stacked of. */
async function used(store: Store, { images }: Data): Promise<Record<'chains' | 'diffIds', Set<string>>> {
  const stacks = await Promise.all((Object.keys(images) as Digest[]).map((id) => diffIdsOf(store, id)));
  return { chains: new Set(stacks.flatMap(chainIds)), diffIds: new Set(stacks.flat()) };
}

async function collectBlobs(store: Store): Promise<Collected> {
  const manifests = new Map<Digest, Data['images'][Digest]['manifest']>();
  return store.content.collect({
    roots: () => {
      const { images, layers } = store.db.read();
      for (const { manifest } of Object.values(images)) manifests.set(manifest.digest, manifest);
      const compressed = Object.values(layers).flatMap((layer) => layer.compressed?.digest ?? []);
      return [...(Object.keys(images) as Digest[]), ...manifests.keys(), ...compressed];
    },
    children: async (digest) => {
      const manifest = manifests.get(digest);
      if (!manifest) return [];
      const bytes = await store.content.read(digest, MAX_MANIFEST);
      return childrenOf(bytes, manifest, `the manifest ${digest}`).map((child) => child.digest);
    },
  });
}
