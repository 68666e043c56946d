/**
 * The engine beside dockerd, in one run: over the API with a client that stays connected, by whole commands, and in memory.
 *
 *     npm run bench:engine -- [--rounds N] [--json]
 *
 * Both daemons run in a network namespace of their own, each with a bridge and without rules of a firewall. The image is a
 * busybox that both have imported. Memory is PSS: what several processes share is divided among them (proc(5)).
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { labRoot } from '../../src/lab/lab.ts';
import { warmClient, type WarmClient } from './api-client.ts';
import { plainEnvironment, startDockerd, startDrydock, type Daemon } from './daemons.ts';
import { measure, table, type Case, type Row } from './measure.ts';
import { memoryOf, type Memory } from './memory.ts';
import { benchOptions } from './options.ts';

const about = 'The engine beside dockerd, in one run.';
const { rounds, json } = benchOptions('bench:engine', about, 20, ['json']);
const INSIDE = 'DRYDOCK_BENCH_INSIDE';
const PARALLEL = 50;
const kinds = ['drydock', 'dockerd'] as const;
type Kind = (typeof kinds)[number];

interface Side {
  readonly kind: Kind;
  readonly daemon: Daemon;
  readonly api: WarmClient;
  /** A container that sleeps. */
  readonly sleeping: string;
}

async function prepared(kind: Kind, folder: string): Promise<Side> {
  const daemon =
    kind === 'drydock' ? await startDrydock(folder) : await startDockerd(folder, ['--userland-proxy=false']);
  const api = warmClient(daemon.socket);
  await api.importImage('bench', must('tar', '-C', await labRoot(join(folder, 'lab')), '-c', '.'));
  const sleeping = await api.create({ Image: 'bench', Cmd: ['sleep', '100000'], HostConfig: { NetworkMode: 'none' } });
  await api.start(sleeping);
  return { kind, daemon, api, sleeping };
}

function must(command: string, ...args: string[]): Buffer {
  const { status, stdout, stderr } = spawnSync(command, args, { maxBuffer: 1 << 28, env: plainEnvironment });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: exit code ${status}\n${stderr}`);
  return stdout;
}

async function life({ api }: Side, NetworkMode: string): Promise<void> {
  const id = await api.create({ Image: 'bench', Cmd: ['true'], HostConfig: { NetworkMode } });
  await api.start(id);
  await api.wait(id);
  await api.remove(id);
}

function command({ client, env }: Daemon, ...words: string[]): void {
  const [program, ...first] = client;
  const { status, stderr } = spawnSync(program!, [...first, ...words], { env, stdio: ['ignore', 'ignore', 'pipe'] });
  if (status !== 0) throw new Error(`${[...client, ...words].join(' ')}: exit code ${status}\n${stderr}`);
}

const [PS, NODE] = ['ps, whole command', 'node -e 0'];
const named = (kind: Kind, act: string): string => `${kind}: ${act}`;

/** What is measured, and the largest part of dockerd's time that it should take. */
const acts: Record<string, readonly [aim: number, run: (side: Side) => Promise<void>]> = {
  'create, start, wait, remove; no network': [0.15, (side) => life(side, 'none')],
  'the same on the bridge': [0.2, (side) => life(side, 'bridge')],
  exec: [0.25, async ({ api, sleeping }) => api.exec(sleeping, ['true'])],
  [`${PARALLEL} lives at once`]: [
    0.25,
    async (side) => void (await Promise.all(Array.from({ length: PARALLEL }, () => life(side, 'none')))),
  ],
  'run --rm --net none, whole command': [
    0.6,
    async ({ daemon }) => command(daemon, 'run', '--rm', '--net', 'none', 'bench', 'true'),
  ],
  [PS]: [NaN, async ({ daemon }) => command(daemon, 'ps')],
};

function cases(sides: readonly Side[]): Case[] {
  const node: Case = { name: NODE, run: async () => void must(process.execPath, '-e', '0') };
  const all = Object.entries(acts).flatMap(([act, [, run]]) =>
    sides.map((side) => ({
      name: named(side.kind, act),
      ...(side.kind === 'drydock' ? { against: named('dockerd', act) } : {}),
      run: () => run(side),
    })),
  );
  return [...all, node];
}

/** Ratios are all that is kept of the times, with their aims. */
function summary(rows: readonly Row[], memory: Record<Kind, Memory>): string {
  const lines = rows
    .filter(({ name }) => name.startsWith('drydock: '))
    .map(({ name, ratio }) => {
      const act = name.replace('drydock: ', '');
      const aim = acts[act]![0];
      return `${act.padEnd(44)}${ratio!.toFixed(2).padStart(6)}${Number.isNaN(aim) ? '' : `   aim ${aim}`}`;
    });
  const part = (of: keyof Memory): string => (memory.drydock[of] / memory.dockerd[of]).toFixed(2).padStart(6);
  const kib = (kind: Kind, of: keyof Memory): string => `${(memory[kind][of] / 1024).toFixed(1)} MB`;
  const both = (of: keyof Memory): string => `(${kib('drydock', of)}, ${kib('dockerd', of)})`;
  const median = (name: string): number => rows.find((row) => row.name === name)!.medianMs;
  const more = (median(named('drydock', PS)) - median(NODE)).toFixed(0);
  lines.push(`${`${PS}, more than ${NODE}`.padEnd(44)}${more.padStart(6)} ms   aim 20`);
  lines.push(`${'memory of the engine, idle'.padEnd(44)}${part('idle')}   aim 0.7 ${both('idle')}`);
  lines.push(`${'memory for each container'.padEnd(44)}${part('each')}   aim 0.25 ${both('each')}`);
  return ["in dockerd's time, or memory", ...lines].join('\n');
}

async function main(): Promise<void> {
  const folder = mkdtempSync('/dev/shm/drydock-bench-');
  const sides: Side[] = [];
  try {
    for (const kind of kinds) sides.push(await prepared(kind, join(folder, kind)));
    const rows = await measure(cases(sides), rounds);
    const memory = {} as Record<Kind, Memory>;
    for (const { kind, daemon, api } of sides) memory[kind] = await memoryOf(daemon.pid, api);
    if (json) return console.log(JSON.stringify({ rows, memory }, null, 2));
    console.log(`${table(rows, rounds)}\n\n${summary(rows, memory)}`);
  } finally {
    for (const { daemon, api, sleeping } of sides) {
      await api.remove(sleeping);
      api.close();
      await daemon.end();
    }
    rmSync(folder, { recursive: true, force: true });
  }
}

if (process.env[INSIDE]) {
  void main().catch((error: unknown) => {
    console.error(error);
    process.exitCode = 1;
  });
} else {
  // `lo` is up, because programs expect it.
  const again = ['sh', '-c', 'ip link set lo up; exec "$@"', 'sh', process.execPath, ...process.execArgv];
  const { status } = spawnSync('unshare', ['--net', ...again, ...process.argv.slice(1)], {
    stdio: 'inherit',
    env: { ...process.env, [INSIDE]: '1' },
  });
  process.exitCode = status ?? 1;
}
