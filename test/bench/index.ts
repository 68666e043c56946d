/**
 * `npm run bench`: how long a container takes, beside runc, crun and unshare in the same run.
 *
 * Peers get a bundle with the same root file system, namespaces and mounts. After them the last of many containers at once is
 * compared with the first. Prints a table, or JSON with --json; --rounds N changes how many (default 30).
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { cases, prepare } from './cases.ts';
import { crowdText, crowdTimes } from './crowd.ts';
import { measure, table } from './measure.ts';
import { benchOptions } from './options.ts';
import { stepTimes } from './steps.ts';

async function main(): Promise<void> {
  const about = 'How long a container takes, beside runc, crun and unshare in the same run.';
  const { rounds, json } = benchOptions('bench', about, 30, ['json']);
  const folder = mkdtempSync('/dev/shm/drydock-bench-');
  const bench = await prepare(folder);
  try {
    const rows = await measure(cases(bench), rounds);
    const crowd = await crowdTimes(bench);
    const steps = await stepTimes(bench);
    if (json) {
      const { missing } = bench;
      console.log(JSON.stringify({ rounds, node: process.version, rows, crowd, steps, missing }, null, 2));
      return;
    }
    console.log(table(rows, rounds));
    for (const peer of bench.missing) console.log(`not measured: ${peer} is not installed`);
    console.log(`\n${crowdText(crowd)}`);
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
