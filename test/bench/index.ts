/**
 * `npm run bench`: how long a container takes, beside runc, crun and unshare in the same run.
 *
 * Rounds are interleaved, so that whatever else the machine does hits everybody alike; medians are compared, never
 * single times. Peers get a bundle with the same root file system, namespaces and mounts. Prints a table, or JSON with
 * --json; --rounds N changes how many (default 30).
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { cases, prepare, type Case } from './cases.ts';
import { stepTimes } from './steps.ts';

interface Row {
  name: string;
  medianMs: number;
  minMs: number;
  maxMs: number;
  /** Against the case named in `against`. */
  ratio?: number;
  against?: string;
}

function option(name: string, fallback: number): number {
  const at = process.argv.indexOf(name);
  return at < 0 ? fallback : Number(process.argv[at + 1]);
}

async function measure(all: readonly Case[], rounds: number): Promise<Row[]> {
  const times = new Map<string, number[]>(all.map(({ name }) => [name, []]));
  for (let round = -1; round < rounds; round++)
    for (const { name, run } of all) {
      const began = performance.now();
      await run();
      // The first round warms caches and is not counted.
      if (round >= 0) times.get(name)!.push(performance.now() - began);
    }
  const median = (name: string): number => sorted(times.get(name)!)[rounds >> 1]!;
  return all.map(({ name, against }) => {
    const list = sorted(times.get(name)!);
    const row: Row = { name, medianMs: median(name), minMs: list[0]!, maxMs: list.at(-1)! };
    return against && times.has(against) ? { ...row, ratio: row.medianMs / median(against), against } : row;
  });
}

function sorted(list: readonly number[]): number[] {
  return [...list].sort((a, b) => a - b);
}

function table(rows: readonly Row[], rounds: number): string {
  const ms = (value: number): string => value.toFixed(1).padStart(7);
  const lines = rows.map(({ name, medianMs, minMs, maxMs, ratio, against }) => {
    const compared = ratio === undefined ? '' : `  ${ratio.toFixed(2)} of ${against}`;
    return `${name.padEnd(34)}${ms(medianMs)}${ms(minMs)}${ms(maxMs)}${compared}`;
  });
  return [`${`medians of ${rounds} rounds, ms`.padEnd(34)} median    min    max`, ...lines].join('\n');
}

async function main(): Promise<void> {
  const rounds = option('--rounds', 30);
  const folder = mkdtempSync('/dev/shm/drydock-bench-');
  const bench = await prepare(folder);
  try {
    const rows = await measure(cases(bench), rounds);
    const steps = await stepTimes(bench);
    if (process.argv.includes('--json')) {
      console.log(JSON.stringify({ rounds, node: process.version, rows, steps, missing: bench.missing }, null, 2));
      return;
    }
    console.log(table(rows, rounds));
    for (const peer of bench.missing) console.log(`not measured: ${peer} is not installed`);
    console.log('\nwhere the time goes: one start, pausing before each step, the ten longest\n');
    for (const { call, ms } of steps.slice(0, 10)) console.log(`${ms.toFixed(2).padStart(7)} ms  ${call}`);
  } finally {
    await bench.end();
    rmSync(folder, { recursive: true, force: true });
  }
}

void main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
