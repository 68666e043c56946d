/**
 * Images beside dockerd, and skopeo with umoci, in one run: the same registry, the same images, the same disk.
 *
 *     npm run bench:images -- [--rounds N] [--only PATTERN] [--small] [--folder FOLDER]
 *
 * Everybody starts from nothing in each round, in a folder that nobody has used, because ext4 that still deletes one tree
 * is slow to make the next; the default is a tmpfs. Rounds are interleaved and medians compared. The peak is the most
 * memory that the process had at a time (image-peers.ts). --small makes all images a hundredth.
 */
import { randomBytes } from 'node:crypto';
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { Descriptor } from '../../src/content/descriptor.ts';
import { startRegistry } from '../../src/learn/registry/local.ts';
import { parseReference } from '../../src/registry/reference.ts';
import { openRepository } from '../../src/registry/repository.ts';
import { layoutOf } from '../clients/images-support.ts';
import { bare } from '../clients/registry-support.ts';
import { fillWithDebian } from '../debian.ts';
import { acts, kinds, startPeer, type Cost } from './image-peers.ts';
import { benchOptions } from './options.ts';

const about = 'Images beside dockerd, and skopeo with umoci, in one run.';
const { rounds, only, flags, ...given } = benchOptions('bench:images', about, 5, ['only', 'folder'], {
  small: 'all images a hundredth as large',
});
const scale = flags.has('small') ? 100 : 1;

/** Makes the layers of one image: a folder for each. */
const images: Readonly<Record<string, (folder: string) => string[]>> = {
  debian: (folder) => [fillWithDebian(made(folder))],
  'twenty-thousand-files': (folder) => [smallFiles(made(folder), 20_000 / scale)],
  'sixty-layers': (folder) => Array.from({ length: 60 }, (_, i) => smallFiles(made(join(folder, `${i}`)), 10, i)),
  'five-hundred-megabytes': (folder) => [oneFile(made(folder), 500 / scale)],
};

function made(folder: string): string {
  mkdirSync(folder, { recursive: true });
  return folder;
}

function smallFiles(folder: string, count: number, first = 0): string {
  for (let i = 0; i < count; i++) {
    const below = made(join(folder, `${first}-${i % 100}`));
    writeFileSync(join(below, `${i}`), `${i}\n`.repeat(50));
  }
  return folder;
}

function oneFile(folder: string, megabytes: number): string {
  const fd = openSync(join(folder, 'large'), 'w');
  for (let i = 0; i < megabytes; i++) writeSync(fd, randomBytes(1_000_000));
  closeSync(fd);
  return folder;
}

type Results = Map<string, Cost[]>;
const keyOf = (act: string, image: string, kind: string): string => `${act} ${image}\t${kind}`;

async function main(): Promise<void> {
  const folder = mkdtempSync(join(given.folder ?? '/dev/shm', 'drydock-bench-'));
  const registry = await startRegistry();
  const results: Results = new Map();
  try {
    const names = Object.keys(images).filter((name) => only.test(name));
    for (const name of names) await pushTo(registry.host, name, folder);
    for (let round = 0; round < rounds; round++)
      for (const kind of kinds) {
        const own = made(join(folder, `${round}-${kind}`));
        await oneRound(kind, names, own, registry.host, results);
        // In a tmpfs it is memory: what two rounds leave, with the images, is more than most machines have.
        if (!given.folder) rmSync(own, { recursive: true, force: true });
      }
  } finally {
    await registry.stop();
    rmSync(folder, { recursive: true, force: true });
  }
  if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
  console.log(table(results));
}

// By our own client: the skopeo of Debian 12 can wait for itself for ever when it pushes sixty layers.
async function pushTo(host: string, name: string, folder: string): Promise<void> {
  const layout = layoutOf(made(join(folder, 'layouts', name)), images[name]!(join(folder, 'trees', name)), {});
  const blob = ({ digest }: Descriptor): Buffer => readFileSync(join(layout, 'blobs', digest.replace(':', '/')));
  const index = JSON.parse(readFileSync(join(layout, 'index.json'), 'utf8')) as { manifests: Descriptor[] };
  const [descriptor] = index.manifests as [Descriptor];
  const bytes = blob(descriptor);
  const { config, layers } = JSON.parse(bytes.toString()) as { config: Descriptor; layers: Descriptor[] };
  const repository = openRepository(parseReference(`${host}/${name}:1`), bare);
  try {
    for (const one of [...layers, config])
      await repository.push(one, { open: (offset) => Readable.from([blob(one).subarray(offset)]) });
    await repository.put('1', { descriptor, bytes });
  } finally {
    await repository.close();
  }
}

async function oneRound(
  kind: (typeof kinds)[number],
  names: readonly string[],
  folder: string,
  from: string,
  results: Results,
): Promise<void> {
  const empty = await startRegistry();
  const peer = await startPeer(kind, folder, { from, to: empty.host });
  try {
    for (const name of names)
      for (const act of acts) {
        const key = keyOf(act, name, kind);
        if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${kind}: ${act} ${name}`);
        results.set(key, [...(results.get(key) ?? []), await peer.run(act, name)]);
      }
  } finally {
    await peer.end();
    await empty.stop();
  }
}

function median(costs: readonly Cost[]): number {
  return costs.map(({ ms }) => ms).sort((a, b) => a - b)[costs.length >> 1]!;
}

function table(results: Results): string {
  const lines = [...results].map(([key, costs]) => {
    const [what, kind] = key.split('\t') as [string, string];
    const theirs = results.get(`${what}\tdockerd`);
    const ratio = kind === 'dockerd' || !theirs ? '' : (median(costs) / median(theirs)).toFixed(2);
    const peak = Math.max(...costs.map((cost) => cost.peak)) / 1024;
    const numbers = `${median(costs).toFixed(0).padStart(8)} ms${ratio.padStart(7)}${peak.toFixed(0).padStart(6)} MB`;
    return `${what.padEnd(30)}${kind.padEnd(14)}${numbers}`;
  });
  const head = `medians of ${rounds} rounds${scale > 1 ? ', small images' : ''}; in dockerd's time; peak of memory`;
  return [head, ...lines.sort()].join('\n');
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
