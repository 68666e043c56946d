/**
 * One seeded case against a registry that lies, redirects and stalls. A tenth runs as a test, all of them in
 * test/soak/registry.ts.
 *
 * Whatever the faults were: it ends in the content, or in one clear error; the store is whole; a second try without
 * faults succeeds; and nobody but the registry has heard who we are.
 */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Content } from '../../src/content/content.ts';
import { DrydockError } from '../../src/errors.ts';
import type { FaultyRegistry, Fault } from '../../src/learn/registry/faulty.ts';
import { person } from '../../src/learn/registry/local.ts';
import { parseReference } from '../../src/registry/reference.ts';
import type { RegistryOptions, Repository } from '../../src/registry/registry.ts';
import { openRepository } from '../../src/registry/repository.ts';
import { download } from '../../src/registry/transfer.ts';
import { bare, image, store } from './registry-support.ts';

/** What may come out of a registry that does what it wants. */
const clear = ['REGISTRY', 'UNAUTHORIZED', 'DIGEST_MISMATCH', 'MANIFEST_INVALID'];
const STALL_MS = 150;

export interface Stand {
  readonly faulty: FaultyRegistry;
  /** Without a fault in front. */
  readonly real: string;
  readonly folder: string;
}

export const options: RegistryOptions = {
  ...bare,
  credentials: async () => person,
  timeouts: { stall: STALL_MS, answer: 5_000 },
  attempts: 4,
};

/** Numbers that look like chance and are the same each time (mulberry32). */
export function chance(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

/** Offsets where something changes: the ends, the pieces of the disk and of TLS, and anywhere. */
function offset(random: (below: number) => number, size: number): number {
  const classes = [0, 1, 511, 4096, 16 * 1024 - 1, 16 * 1024, 64 * 1024, size >> 1, size - 1, size, random(size + 1)];
  return Math.min(classes[random(classes.length)]!, size);
}

/** Nobody listens there; or it lets us in, who then have said who we are. */
const challenges = ['Bearer realm="http://127.0.0.1:1/token",service="x"', 'Basic realm="drydock"'];

/** Anything that can be wrong with an answer of about this size. */
export function faultOf(random: (below: number) => number, size: number): Fault {
  const statuses = [401, 403, 404, 408, 429, 500, 502, 503, 504];
  const faults: (() => Fault)[] = [
    () => ({ kind: 'cut', after: offset(random, size) }),
    () => ({ kind: 'cut', after: offset(random, size) }),
    () => ({ kind: 'stall', after: offset(random, size) }),
    () => ({ kind: 'flip', at: offset(random, size) }),
    () => ({ kind: 'shorter', by: 1 + random(size) }),
    () => ({ kind: 'longer', by: 1 + random(size) }),
    () => ({ kind: 'endless' }),
    () => ({ kind: 'redirect', to: random(4) ? 'elsewhere' : 'itself' }),
    () => ({ kind: 'digest', digest: `sha256:${'0'.repeat(64)}` }),
    () => ({ kind: 'range', how: random(2) ? 'ignored' : 'other' }),
    () => ({
      kind: 'status',
      status: statuses[random(statuses.length)]!,
      ...(random(2) && { retryAfter: ['0', '1', '86400', 'Wed, 21 Oct 2015 07:28:00 GMT', 'soon'][random(5)]! }),
      ...(random(2) && { challenge: challenges[random(challenges.length)]! }),
    }),
  ];
  return faults[random(faults.length)]!();
}

/** Runs one case. Answers with how it ended. */
export async function runCase(seed: number, { faulty, real, folder }: Stand): Promise<string> {
  const random = chance(seed);
  const name = `case/n${seed}`;
  const sizes = Array.from({ length: 1 + random(4) }, () => [0, 1, 700, 20_000, 150_000, 400_000][random(6)]!);
  const made = image(...sizes);
  await push(open(`${real}/${name}`), made);
  // Some faults happen once, some each time: the ones should be survived, the others told.
  const budget = random(3) === 0 ? Infinity : 1 + random(4);
  let spent = 0;
  faulty.plan = ({ path }) => {
    if (!path.includes(name) || spent >= budget || random(2) === 0) return undefined;
    spent++;
    return faultOf(random, 200_000);
  };
  const before = faulty.heard.length;
  const { content, lease } = await store(folder);
  const pull = async (): Promise<void> => {
    const from = open(`${faulty.host}/${name}`);
    try {
      const { descriptor } = await from.resolve();
      if (descriptor.digest !== made.manifest.descriptor.digest) assert.fail('another manifest was believed');
      const blobs = made.blobs.map(({ descriptor }) => descriptor);
      await download(from, blobs, { content, lease });
    } finally {
      await from.close();
    }
  };
  let how = 'content';
  try {
    await pull();
  } catch (error) {
    // A flipped bit in a manifest makes another manifest: by tag that cannot be known, so it may be found out late.
    how = theClearError(error);
  }
  assert.deepEqual(await broken(content), []);
  faulty.plan = () => undefined;
  await pull();
  for (const { descriptor, bytes } of made.blobs)
    assert.ok(bytes.equals(await content.read(descriptor.digest, 1e6)), 'the content is as it was pushed');
  assert.deepEqual(readdirSync(join(content.folder, 'ingest')), [], 'nothing stays in ingest');
  const said = faulty.heard.slice(before).filter(({ where }) => where === 'elsewhere');
  assert.deepEqual(
    said.filter(({ authorization }) => authorization !== undefined),
    [],
  );
  return how;
}

/** The code of an error that a person can do something with; throws any other. */
export function theClearError(error: unknown): string {
  if (!(error instanceof DrydockError)) throw error;
  assert.ok(clear.includes(error.code), `${error.code}: ${error.message}`);
  assert.doesNotMatch(error.message, /lovelace|undefined|\[object/);
  return error.code;
}

function open(text: string): Repository {
  return openRepository(parseReference(text), options);
}

async function push(to: Repository, { blobs, manifest }: ReturnType<typeof image>): Promise<void> {
  for (const { descriptor, source } of blobs) await to.push(descriptor, source);
  await to.put('latest', manifest);
  await to.close();
}

export async function broken(content: Content): Promise<unknown[]> {
  const found: unknown[] = [];
  for await (const one of content.verify()) found.push(one);
  return found;
}
