/**
 * A registry that lies, redirects and stalls, three hundred times for the client alone and three hundred for a whole
 * `pull`: each time it ends in the content, or the image, or in one clear error.
 *
 *     node --import tsx test/soak/registry.ts [CASES [FIRST]]        300 unless said otherwise; a case is its number
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runPullCase, startPullStand } from '../clients/pull-cases.ts';
import { runCase } from '../clients/registry-cases.ts';

/** Runs the cases of one kind, and says how they ended. */
async function rounds(what: string, seeds: readonly number[], run: (seed: number) => Promise<string>): Promise<void> {
  const ends = new Map<string, number>();
  for (const [at, seed] of seeds.entries()) {
    const end = await run(seed).catch((cause: unknown) => {
      throw new Error(`${what}, case ${seed}`, { cause });
    });
    ends.set(end, (ends.get(end) ?? 0) + 1);
    if (process.stdout.isTTY) process.stdout.write(`\r${at + 1} of ${seeds.length}`);
  }
  const counted = [...ends].sort().map(([end, count]) => `${end} ${count}`);
  console.log(`\n${what}: ${seeds.length} cases; how they ended: ${counted.join(', ')}`);
}

async function main(cases: number, first: number): Promise<void> {
  const seeds = Array.from({ length: cases }, (_, at) => first + at);
  const folder = mkdtempSync(join(tmpdir(), 'drydock-soak-'));
  const stand = await startPullStand(folder);
  try {
    const { faulty, real } = stand;
    await rounds('the client', seeds, (seed) => runCase(seed, { faulty, real, folder }));
    await rounds('pull', seeds, (seed) => runPullCase(seed, stand));
  } finally {
    await stand.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

const [cases = '300', first = '1'] = process.argv.slice(2);
main(Number(cases), Number(first)).catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
