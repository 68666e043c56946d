/**
 * One seeded case of a whole `pull` from a registry that lies, redirects and stalls. A tenth runs as a test, all of them in
 * test/soak/registry.ts.
 *
 * Whatever the faults were: it ends in the image, or in one clear error and no image; what is in the store is whole; a
 * second try without faults gives the image as it was pushed, to the last attribute; and nobody but the registry has
 * heard who we are.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Digest } from '../../src/content/digest.ts';
import type { Store } from '../../src/images/images.ts';
import { pull } from '../../src/images/pull.ts';
import { openStore } from '../../src/images/store.ts';
import { startFaulty, type FaultyRegistry } from '../../src/learn/registry/faulty.ts';
import { startRegistry } from '../../src/learn/registry/local.ts';
import { readMountinfo } from '../../src/linux/mountinfo.ts';
import { parseReference } from '../../src/registry/reference.ts';
import { factsOf, imageOfEveryKind } from './images-support.ts';
import { broken, chance, faultOf, options, theClearError } from './registry-cases.ts';

export interface PullStand {
  readonly faulty: FaultyRegistry;
  /** Without a fault in front. */
  readonly real: string;
  readonly folder: string;
  /** The image, by way of the faulty one. */
  readonly name: string;
  readonly id: Digest;
  /** By driver: overlay counts a link that a layer above has taken away. */
  readonly facts: Readonly<Record<string, ReadonlyMap<string, string>>>;
  stop(): Promise<void>;
}

/** A registry with an image of three layers, and the faulty one in front of it. */
export async function startPullStand(folder: string): Promise<PullStand> {
  const real = await startRegistry();
  const faulty = await startFaulty(real.host);
  await imageOfEveryKind(folder, `${real.host}/team/image:1`);
  const name = `${faulty.host}/team/image:1`;
  const facts: Record<string, ReadonlyMap<string, string>> = {};
  const ids: Digest[] = [];
  for (const driver of ['overlay', 'vfs']) {
    const store = await openStore(join(folder, `honest-${driver}`), { driver });
    ids.push((await pull(store, parseReference(name), { registry: options })).id);
    facts[driver] = await factsOf(store, name);
    await store.snapshots.close();
  }
  const stop = async (): Promise<void> => {
    await faulty.stop();
    await real.stop();
  };
  return { faulty, real: real.host, folder, name, id: ids[0]!, facts, stop };
}

/** Sizes near those of the image's manifest, config and blobs. */
const sizes = [600, 20_000, 900_000, 2_000_000];

/** Runs one case. Answers with how it ended. */
export async function runPullCase(seed: number, { faulty, folder, name, id, facts }: PullStand): Promise<string> {
  const random = chance(seed);
  const [budget, often] = [random(3) === 0 ? Infinity : 1 + random(5), 1 + random(3)];
  let spent = 0;
  faulty.plan = () => {
    if (spent >= budget || random(often) > 0) return undefined;
    spent++;
    return faultOf(random, sizes[random(sizes.length)]!);
  };
  const before = faulty.heard.length;
  const store = await openStore(mkdtempSync(join(folder, 'case-')), { driver: random(4) === 0 ? 'vfs' : 'overlay' });
  const pulled = async (): Promise<Digest> => (await pull(store, parseReference(name), { registry: options })).id;
  try {
    let how = 'image';
    try {
      assert.equal(await pulled(), id, 'another image was believed');
    } catch (error) {
      how = theClearError(error);
      assert.deepEqual(Object.keys(store.db.read().images), [], `${how}, and yet an image`);
    }
    await isWhole(store);
    faulty.plan = () => undefined;
    assert.equal(await pulled(), id);
    await isWhole(store);
    assert.deepEqual(await factsOf(store, name), facts[store.snapshots.driver]);
    assert.deepEqual(readdirSync(join(store.content.folder, 'ingest')), [], 'nothing stays in ingest');
    for (const { where, authorization } of faulty.heard.slice(before))
      assert(authorization === undefined || where === 'registry', `${where} has heard who we are`);
    return how;
  } finally {
    await store.snapshots.close();
    rmSync(store.root, { recursive: true });
  }
}

/** Blobs are what they are called, no snapshot is half made, no lease is held, nothing is mounted. */
export async function isWhole({ root, content, snapshots }: Store): Promise<void> {
  assert.deepEqual(await broken(content), []);
  assert.deepEqual(await snapshots.cleanup(), []);
  const half = (await snapshots.walk()).filter(({ kind }) => kind !== 'committed');
  assert.deepEqual(half, []);
  assert.deepEqual(readdirSync(join(content.folder, 'leases')), []);
  assert.deepEqual(
    readMountinfo().filter(({ mountPoint }) => mountPoint.startsWith(root)),
    [],
  );
}
