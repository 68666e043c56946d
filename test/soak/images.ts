/**
 * `kill -9` at random moments of pull, load, import and collection. After each the store must be whole, a second try must
 * succeed, and once that is removed again nothing may be left: no part in ingest/, no half snapshot, no mount, no file
 * that was written beside another.
 *
 *     node --import tsx test/soak/images.ts [ROUNDS [SEED]]      200, if nothing is said
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Digest } from '../../src/content/digest.ts';
import { collectGarbage } from '../../src/images/collect.ts';
import { readImage } from '../../src/images/find.ts';
import type { Store } from '../../src/images/images.ts';
import { importImage } from '../../src/images/import.ts';
import { loadImages } from '../../src/images/load.ts';
import { pull } from '../../src/images/pull.ts';
import { openStore } from '../../src/images/store.ts';
import { notUnpacked } from '../../src/images/unpack.ts';
import { startRegistry } from '../../src/learn/registry/local.ts';
import { readMountinfo } from '../../src/linux/mountinfo.ts';
import { parseReference } from '../../src/registry/reference.ts';
import { imageOfEveryKind } from '../clients/images-support.ts';
import { bare } from '../clients/registry-support.ts';
import { counted, every } from './every.ts';
import { random } from './random.ts';

/** Where a round works, and what it works with. */
export interface Stand {
  readonly root: string;
  /** What to pull: a name in a registry. */
  readonly name: string;
  /** What to load, and what to import. */
  readonly archive: string;
  readonly tree: string;
}

type Act = (store: Store, stand: Stand) => Promise<unknown>;

const load: Act = (store, { archive }) => loadImages(store, createReadStream(archive));
const acts = {
  pull: (store, { name }) => pull(store, parseReference(name), { registry: bare }),
  load,
  import: (store, { tree }) => importImage(store, createReadStream(tree), { tags: ['docker.io/library/tree:latest'] }),
  collect: removeAll,
} satisfies Record<string, Act>;

export type ActName = keyof typeof acts;
export const actNames = Object.keys(acts) as ActName[];
const drivers = ['overlay', 'overlay', 'vfs'] as const;

/** Does one thing again and again, and says when it begins: until it is killed. */
async function work(act: ActName, driver: string, stand: Stand): Promise<never> {
  const store = await openStore(stand.root, { driver });
  for (;;) {
    if (act === 'collect') await load(store, stand);
    process.send!('begins');
    await acts[act](store, stand);
    process.send!('ends');
    await removeAll(store);
  }
}

async function removeAll(store: Store): Promise<void> {
  await store.db.change((data) => Object.assign(data, { images: {}, tags: {}, digests: {} }));
  await collectGarbage(store);
}

/** How long an act takes here, as far as is known. */
const lasted = new Map<ActName, number>();

/** Kills a worker somewhere in what it does. Throws what is wrong with what it has left. */
export async function killedRound(stand: Stand, pick: (below: number) => number): Promise<ActName> {
  const act = actNames[pick(actNames.length)]!;
  const driver = drivers[pick(drivers.length)]!;
  const child = fork(__filename, ['work', act, driver, JSON.stringify(stand)], { execArgv: ['--import', 'tsx'] });
  const ended = once(child, 'exit');
  await Promise.race([once(child, 'message'), ended.then(() => Promise.reject(new Error(`${act} has ended`)))]);
  const began = performance.now();
  if (!lasted.has(act)) {
    await once(child, 'message');
    lasted.set(act, Math.ceil(performance.now() - began));
  } else await sleep(pick(lasted.get(act)!));
  child.kill('SIGKILL');
  await ended;
  const store = await openStore(stand.root, { driver });
  try {
    await everythingIsWhole(store);
    if (act === 'collect') await load(store, stand); // which it may have begun again
    await acts[act](store, stand);
    await everythingIsWhole(store);
    // What the dead one held, its lease holds on. Nobody waits for its end here.
    const leases = join(store.content.folder, 'leases');
    for (const name of readdirSync(leases)) rmSync(join(leases, name));
    await removeAll(store);
    const left = leftIn(store);
    if (left.length > 0) throw new Error(`after ${act} there is still ${left.join(', ')}`);
    return act;
  } finally {
    await store.snapshots.close();
  }
}

/** Each blob is what it is called, and each image that has come into the database has all that it leads to. */
async function everythingIsWhole(store: Store): Promise<void> {
  for await (const { digest } of store.content.verify()) throw new Error(`${digest} is broken`);
  const data = store.db.read();
  for (const id of Object.keys(data.images) as Digest[]) {
    const { layers } = await readImage(store, id, data);
    for (const { blob } of layers)
      if (!(await store.content.stat(blob.digest)))
        throw new Error(`${id} leads to ${blob.digest}, which is not there`);
    const missing = await notUnpacked(store, layers);
    if (missing.length > 0) throw new Error(`${id} leads to ${missing.length} snapshots that are not there`);
  }
}

/** Everything in the store that is more than an empty one has. */
function leftIn({ root, snapshots }: Store): string[] {
  const empty =
    /^(content(\/(blobs(\/sha256)?|ingest|leases|lock|index\.json|oci-layout))?|images(\/(db\.json|lock))?)$/;
  const place = `snapshots/${snapshots.driver}`;
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter(
    (path) =>
      !empty.test(path) &&
      !/^snapshots(\/\w+(\/l)?)?$/.test(path) &&
      (path.startsWith(place) || !path.startsWith('snapshots')),
  );
  const mounts = readMountinfo().flatMap(({ mountPoint }) => (mountPoint.startsWith(root) ? [mountPoint] : []));
  return [...files, ...mounts];
}

/** Seeded rounds. How many there were of each act. */
export async function killedRounds(rounds: number, seed: number): Promise<Map<ActName, number>> {
  const pick = random(seed);
  const folder = mkdtempSync(join(tmpdir(), 'drydock-killed-'));
  const registry = await startRegistry();
  const counts = new Map<ActName, number>();
  try {
    const image = await imageOfEveryKind(folder, `${registry.host}/team/image:1`);
    let root = join(folder, 'root');
    await every(
      counted(rounds),
      (round) => `round ${round} of seed ${seed}`,
      async (round) => {
        const act = await killedRound({ ...image, root }, pick).catch((error: unknown) => {
          root = join(folder, `root-${round}`); // What this one has left is not the next one's.
          throw error;
        });
        counts.set(act, (counts.get(act) ?? 0) + 1);
      },
    );
    return counts;
  } finally {
    await registry.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function main([rounds = '200', seed = '1']: string[]): Promise<void> {
  const counts = await killedRounds(Number(rounds), Number(seed));
  const told = [...counts].sort().map(([act, count]) => `${act} ${count}`);
  console.log(`${rounds} kills from seed ${seed} (${told.join(', ')}): the store was whole after each`);
}

if (require.main === module) {
  const [first, act, driver, stand] = process.argv.slice(2);
  const done =
    first === 'work' ? work(act as ActName, driver!, JSON.parse(stand!) as Stand) : main(process.argv.slice(2));
  done.catch((error: unknown) => {
    console.error(error);
    process.exitCode = 1;
  });
}
