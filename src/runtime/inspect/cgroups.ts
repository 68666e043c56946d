/** Which cgroups it is in, and what they allow and have counted. v1 and v2 have the same things in other files. */
import { join } from 'node:path';
import { fact, linesOf, textOf } from './attempt.ts';
import type { Fact, Subject } from './inspect.ts';

/** What is shown: a label, and the files that may hold it. */
const FILES: readonly (readonly [label: string, ...files: string[]])[] = [
  ['memory limit', 'memory.max', 'memory.limit_in_bytes'],
  ['memory used', 'memory.current', 'memory.usage_in_bytes'],
  ['cpu limit', 'cpu.max', 'cpu.cfs_quota_us'],
  ['cpu weight', 'cpu.weight', 'cpu.shares'],
  ['cpus', 'cpuset.cpus.effective', 'cpuset.effective_cpus'],
  ['processes', 'pids.current'],
  ['at most', 'pids.max'],
  ['frozen', 'cgroup.freeze', 'freezer.state'],
];

const UNLIMITED = 2n ** 62n;

export function cgroupFacts({ cgroups }: Subject): Fact[] {
  const places = cgroups.map((directory): Fact => ['directory', directory]);
  const values = FILES.flatMap(([label, ...files]) => fact(label, firstOf(cgroups, files)));
  return [...places, ...values];
}

function firstOf(directories: readonly string[], files: readonly string[]): string | undefined {
  for (const directory of directories)
    for (const file of files) {
      const text = textOf(join(directory, file));
      if (text !== undefined) return readable(text);
    }
  return undefined;
}

/** cgroup v1 writes a number that is larger than any memory where v2 writes `max`. */
function readable(text: string): string {
  if (text === '-1') return 'max';
  return /^\d{18,}$/.test(text) && BigInt(text) > UNLIMITED ? 'max' : text;
}

export function cgroupNamespaceFacts({ pid }: Subject): Fact[] {
  const paths = new Set(linesOf(`/proc/${pid}/cgroup`).map((line) => line.split(':').slice(2).join(':')));
  return [['from outside', [...paths].join(' ')]];
}
