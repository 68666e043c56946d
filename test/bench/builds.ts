/**
 * Builds beside dockerd's classic builder in one run: the same base, the same contexts, a disk for each (disk.ts).
 *
 *     npm run bench:builds -- [--rounds N] [--only PATTERN] [--large] [--folder FOLDER]
 *
 * Three are measured: our client with our engine, Docker's client with our engine, and Docker's client with dockerd. Rounds
 * are interleaved and medians compared. The peak is the most memory that the engine had at a time, as the kernel has it
 * (VmHWM, which clear_refs begins anew: proc(5)); dockerd's containerd is not in it. --large adds a context of 100,000 files
 * and one with a file of 2 GB that is a hole.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { labRoot } from '../../src/lab/lab.ts';
import { forgetPeak, peakOf, startDockerd, startDrydock, type Daemon } from './daemons.ts';
import { benchOptions } from './options.ts';

const about = 'Builds beside those of dockerd, in one run.';
const { rounds, only, flags, ...given } = benchOptions('bench:builds', about, 7, ['only', 'folder'], {
  large: 'also 100,000 files, and a file of 2 GB that is a hole',
});

interface Case {
  /** Fills the folder of the context. */
  fill(folder: string): void;
  /** Before each round, what is different then. */
  change?(folder: string, round: number): void;
  readonly words?: readonly string[];
}

const STEPS = 'FROM base\nRUN echo a > /a\nCOPY Dockerfile /x\nRUN echo b > /b\n';
const manyFiles = 'FROM base\nRUN echo a > /a\nCOPY many /many\n';

const cases: Readonly<Record<string, Case>> = {
  'three steps, nothing cached': { fill: (at) => write(at, 'Dockerfile', STEPS), words: ['--no-cache'] },
  'three steps, all of them cached': { fill: (at) => write(at, 'Dockerfile', STEPS) },
  '20,000 files copied': { fill: (at) => files(at, manyFiles, 20_000), words: ['--no-cache'] },
  'one of 20,000 files changed': {
    fill: (at) => files(at, manyFiles, 20_000),
    change: (at, round) => write(join(at, 'many'), 'changed', `${round}`),
  },
  ...(flags.has('large') && {
    '100,000 files copied': { fill: (at: string) => files(at, manyFiles, 100_000), words: ['--no-cache'] },
    'a hole of 2 GB copied': {
      fill(at: string) {
        write(at, 'Dockerfile', 'FROM base\nCOPY large /large\n');
        write(at, 'large', '');
        truncateSync(join(at, 'large'), 2 ** 31);
      },
      words: ['--no-cache'],
    },
  }),
};

function write(folder: string, name: string, text: string): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, name), text);
}

function files(at: string, dockerfile: string, count: number): void {
  write(at, 'Dockerfile', dockerfile);
  for (let i = 0; i < count; i++) write(join(at, 'many', `${i % 100}`), `${i}`, `${i}\n`.repeat(20));
}

interface Cost {
  readonly ms: number;
  readonly peak: number;
}

function timed({ pid, env }: Daemon, client: readonly string[], words: readonly string[]): Cost {
  forgetPeak(pid);
  const began = performance.now();
  const [program = '', ...rest] = [...client, 'build', '-q', '--network', 'none', ...words];
  execFileSync(program, rest, { env: { ...env, DOCKER_BUILDKIT: '0' }, stdio: ['ignore', 'ignore', 'pipe'] });
  return { ms: performance.now() - began, peak: peakOf(pid) };
}

type Peers = Readonly<Record<string, readonly [engine: Daemon, client: readonly string[]]>>;

async function main(): Promise<void> {
  const folder = mkdtempSync(join(given.folder ?? tmpdir(), 'drydock-bench-'));
  const base = join(folder, 'base.tar');
  execFileSync('tar', ['-C', await labRoot(join(folder, 'lab')), '-cf', base, '.']);
  const engines: Daemon[] = [];
  try {
    const bridge = ['--bridge', `db${process.pid}`, '--bip', '10.214.0.1/24'];
    engines.push(await startDrydock(join(folder, 'ours'), bridge, true));
    engines.push(await startDockerd(join(folder, 'theirs'), undefined, true));
    const [ours, theirs] = engines as [Daemon, Daemon];
    for (const { socket } of engines)
      execFileSync('docker', ['-H', `unix://${socket}`, 'import', base, 'base'], { stdio: 'ignore' });
    const peers: Peers = {
      drydock: [ours, ours.client],
      'docker, drydock': [ours, ['docker', '-H', `unix://${ours.socket}`]],
      'docker, dockerd': [theirs, theirs.client],
    };
    for (const [name, one] of Object.entries(cases))
      if (only.test(name)) console.log(measure(folder, name, one, peers));
  } finally {
    for (const engine of engines) await engine.end();
    rmSync(folder, { recursive: true, force: true });
  }
}

function measure(folder: string, name: string, { fill, change, words = [] }: Case, peers: Peers): string {
  const context = join(folder, name.replaceAll(/\W/g, '-'));
  fill(context);
  const costs = new Map<string, Cost[]>(Object.keys(peers).map((peer) => [peer, []]));
  // The first round warms caches, those of the builders too, and is not counted.
  for (let round = -1; round < rounds; round++)
    for (const [peer, [engine, client]] of Object.entries(peers)) {
      change?.(context, round * 10 + costs.size + [...costs.keys()].indexOf(peer));
      const cost = timed(engine, client, [...words, context]);
      if (round >= 0) costs.get(peer)!.push(cost);
    }
  rmSync(context, { recursive: true });
  const theirs = median(costs.get('docker, dockerd')!);
  const lines = [...costs].map(([peer, list]) => {
    const peak = Math.max(...list.map((cost) => cost.peak)) / 1024;
    const ratio = (median(list) / theirs).toFixed(2);
    return `  ${peer.padEnd(18)}${median(list).toFixed(0).padStart(8)} ms${ratio.padStart(7)}${peak.toFixed(0).padStart(6)} MB`;
  });
  return [`${name}, median of ${rounds} rounds; in dockerd's time; peak of the engine's memory`, ...lines].join('\n');
}

const median = (costs: readonly Cost[]): number => costs.map(({ ms }) => ms).sort((a, b) => a - b)[costs.length >> 1]!;

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
