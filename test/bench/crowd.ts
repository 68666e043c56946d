/**
 * Whether the last of many containers starts as fast as the first. Some are started alone before the crowd and after it, too:
 * a machine that became slower or faster meanwhile shows in them.
 */
import { readFileSync } from 'node:fs';
import { create, start, type Container } from '../../src/runtime/container.ts';
import { remove } from '../../src/runtime/remove.ts';
import type { Bench } from './cases.ts';

const CROWD = 500;
/** So many of each kind are compared, by their medians. */
const SOME = 50;

export interface CrowdTimes {
  readonly crowd: number;
  /** Medians of create and start, in milliseconds. */
  readonly firstMs: number;
  readonly lastMs: number;
  readonly aloneAfterwardsMs: number;
  /** The last against those that had the machine for themselves, before and afterwards. */
  readonly ratio: number;
  /** The kernel's own memory (`Slab` of /proc/meminfo) in MiB: before, with all of them, afterwards. */
  readonly slabMiB: readonly [number, number, number];
}

interface Started {
  readonly id: string;
  readonly box: Container;
  readonly ms: number;
}

const median = (all: readonly Started[]): number => all.map(({ ms }) => ms).sort((a, b) => a - b)[all.length >> 1]!;
const slab = (): number => Number(/^Slab:\s+(\d+)/m.exec(readFileSync('/proc/meminfo', 'utf8'))![1]) >> 10;

async function started({ run, folder, spec }: Bench, count: number): Promise<Started[]> {
  const sleeper = { ...spec, process: { ...spec.process, args: ['sleep', '100000'] } };
  const all: Started[] = [];
  for (let i = 0; i < count; i++) {
    const id = `crowd-${process.pid}-${i}`;
    const from = performance.now();
    const box = await create({ id, spec: sleeper, bundle: folder, run, stdio: [0, 1, 2] });
    await start(run, id);
    all.push({ id, box, ms: performance.now() - from });
  }
  return all;
}

async function ended({ run }: Bench, all: readonly Started[]): Promise<void> {
  for (const { id, box } of all) {
    await remove(run, id, { force: true });
    await box.wait();
  }
}

export async function crowdTimes(bench: Bench): Promise<CrowdTimes> {
  await ended(bench, await started(bench, SOME)); // Warms caches, and is not counted.
  const empty = slab();
  const crowd = await started(bench, CROWD);
  const full = slab();
  await ended(bench, crowd);
  const after = await started(bench, SOME);
  await ended(bench, after);
  const [firstMs, lastMs] = [median(crowd.slice(0, SOME)), median(crowd.slice(-SOME))];
  const aloneAfterwardsMs = median(after);
  const ratio = (2 * lastMs) / (firstMs + aloneAfterwardsMs);
  return { crowd: CROWD, firstMs, lastMs, aloneAfterwardsMs, ratio, slabMiB: [empty, full, slab()] };
}

export function crowdText({ crowd, firstMs, lastMs, aloneAfterwardsMs, ratio, slabMiB }: CrowdTimes): string {
  const ms = (value: number): string => `${value.toFixed(1)} ms`;
  return [
    `${crowd} containers at once, medians of ${SOME} starts: the first ${ms(firstMs)}, the last ${ms(lastMs)}, alone afterwards`,
    `${ms(aloneAfterwardsMs)}; the last at ${ratio.toFixed(2)} of those alone (aim 1.5). The kernel's memory: ${slabMiB.join(', ')} MiB`,
    `before, with them, afterwards`,
  ].join('\n');
}
