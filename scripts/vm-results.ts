/**
 * What the kernel matrix (scripts/vm.ts) has found: counted as scripts/reporter.cjs does, kept in build/vm/results.json,
 * printed as a table. A row that did not come to its end is told with what had passed, and has failed.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { table } from '../src/cli/output.ts';
import type { Series } from '../src/vm/debian.ts';
import type { CgroupMode } from '../src/vm/emulator.ts';
import { vmFolder } from '../src/vm/folder.ts';

export interface Place {
  readonly kernel: Series;
  readonly cgroup: CgroupMode;
}

/** What scripts/reporter.cjs counts. */
export interface Tally {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly failures: readonly string[];
  /** The test that was about to run, where that is not the end. */
  readonly unfinished?: string;
}

export interface Result extends Place, Tally {
  /** The name of the task. */
  readonly tests: string;
  /** `uname -r` of the guest. */
  readonly release: string;
  readonly seconds: number;
  readonly date: string;
}

export const nothing: Tally = { passed: 0, failed: 0, skipped: 0, failures: [] };

/** The counts of a run that ended before its tests did. */
export function lost(tally: Tally, why: string): Tally {
  const { failed, failures, unfinished = 'its first moment' } = tally;
  return { ...tally, failed: failed + 1, failures: [...failures, `${why}; it was at: ${unfinished}`] };
}

const RESULTS = join(vmFolder(), 'results.json');

/** Writes them to those of former runs, in place of the same row of the same tests. */
export function keep(results: readonly Result[]): void {
  const before = existsSync(RESULTS) ? (JSON.parse(readFileSync(RESULTS, 'utf8')) as Result[]) : [];
  const isSame = (one: Result, other: Result): boolean =>
    one.kernel === other.kernel && one.cgroup === other.cgroup && one.tests === other.tests;
  const all = [...before.filter((old) => !results.some((result) => isSame(old, result))), ...results];
  writeFileSync(RESULTS, `${JSON.stringify(all, null, 1)}\n`);
}

const COLUMNS = ['kernel', 'release', 'cgroup', 'tests', 'passed', 'failed', 'skipped', 'seconds', 'date'] as const;

export function report(results: readonly Result[]): void {
  console.log(`\n${table([COLUMNS, ...results.map((result) => COLUMNS.map((name) => String(result[name])))])}\n`);
  for (const { kernel: series, cgroup, failures } of results)
    for (const failure of failures) console.log(`FAILED on ${series} with cgroup ${cgroup}: ${failure}\n`);
}

export function total(results: readonly Result[]): Tally {
  const sum = (key: 'passed' | 'failed' | 'skipped'): number => results.reduce((all, one) => all + one[key], 0);
  const failures = results.flatMap((one) => one.failures);
  return { passed: sum('passed'), failed: sum('failed'), skipped: sum('skipped'), failures };
}

/** As scripts/reporter.cjs does for whoever has started us. */
export function tell(results: readonly Result[], isMoreToCome: boolean): void {
  const { DRYDOCK_TALLY: file } = process.env;
  const more = isMoreToCome ? { unfinished: 'the rows after these' } : {};
  if (file) writeFileSync(file, JSON.stringify({ ...total(results), ...more }));
}
