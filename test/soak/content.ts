/**
 * `kill -9` at random moments of ingest and collection: then the store must be whole, a second try must succeed, and
 * nothing may stay in ingest/.
 *
 *     node --import tsx test/soak/content.ts [ROUNDS] [SEED]      200, if nothing is said
 */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openContent, type Content } from '../../src/content/content.ts';
import { digestOf, type Digest } from '../../src/content/digest.ts';
import { counted, every } from './every.ts';
import { random } from './random.ts';

/** Blobs of a few sizes, the same in every process. */
export const blobs = [1, 1000, 300_000, 900_000].map((size) => Buffer.alloc(size, size));
const garbage = Buffer.from('nothing leads here');

/** Takes all blobs in, piece by piece, collects, deletes one, and begins anew: until it is killed. */
async function work(folder: string): Promise<never> {
  const content = await openContent(folder);
  for (;;) {
    const lease = await content.lease('work', 60_000);
    await Promise.all(blobs.map((bytes) => bring(content, bytes)));
    await content.put(garbage, lease);
    await lease.release();
    await content.collect({
      roots: () => blobs.slice(1).map((bytes) => digestOf(bytes)),
      children: () => [],
      stale: 0,
    });
    await content.delete(digestOf(blobs[2]!));
    process.send!('round');
  }
}

async function bring(content: Content, bytes: Buffer): Promise<void> {
  const digest = digestOf(bytes);
  const lease = await content.lease('bring', 60_000);
  const ingest = await content.ingest({ key: digest, digest, size: bytes.length, lease });
  for (let at = ingest?.offset ?? 0; ingest && at < bytes.length; at += 50_000)
    await ingest.write(bytes.subarray(at, at + 50_000));
  await ingest?.commit();
  await lease.release();
}

/** Kills a worker after some milliseconds of work. Throws what is wrong with what it left. */
export async function killedRound(folder: string, milliseconds: number): Promise<void> {
  const child: ChildProcess = fork(__filename, ['work', folder], { execArgv: ['--import', 'tsx'] });
  const ended = once(child, 'exit');
  await once(child, 'message');
  await sleep(milliseconds);
  child.kill('SIGKILL');
  await ended;
  const content = await openContent(folder);
  for await (const { digest } of content.verify()) throw new Error(`${digest} is broken`);
  for (const bytes of [...blobs, garbage]) await bring(content, bytes);
  const known = new Set<Digest>([...blobs, garbage].map((bytes) => digestOf(bytes)));
  const here = (await content.list()).map(({ digest }) => digest);
  if (!here.every((digest) => known.has(digest)) || here.length <= blobs.length)
    throw new Error(`there are ${here.join()}`);
  // What the dead one held, its lease holds on. Nobody waits for its end here.
  const leases = join(folder, 'leases');
  for (const name of readdirSync(leases)) rmSync(join(leases, name));
  const { blobs: gone } = await content.collect({ roots: () => [], children: () => [] });
  if (gone.length !== here.length) throw new Error(`of ${here.length} blobs ${gone.length} went`);
  const left = readdirSync(join(folder, 'ingest'));
  if (left.length > 0) throw new Error(`in ingest/ stayed ${left.join()}`);
}

export async function killedRounds(rounds: number, seed: number): Promise<void> {
  const pick = random(seed);
  const folder = mkdtempSync(join(tmpdir(), 'drydock-killed-'));
  try {
    await every(
      counted(rounds),
      (round) => `round ${round} of seed ${seed}`,
      (round) => killedRound(join(folder, String(round)), pick(60)),
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function main([rounds = '200', seed = '1']: string[]): Promise<void> {
  await killedRounds(Number(rounds), Number(seed));
  console.log(`${rounds} kills from seed ${seed}: the store was whole after each`);
}

if (require.main === module) void (process.argv[2] === 'work' ? work(process.argv[3]!) : main(process.argv.slice(2)));
