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
import { counted, every } from './every.ts';

/** Runs the cases of one kind, and says how they ended. */
async function rounds(what: string, seeds: readonly number[], run: (seed: number) => Promise<string>): Promise<void> {
  const ends = new Map<string, number>();
  try {
    await every(
      seeds,
      (seed) => `${what}, case ${seed}`,
      async (seed) => {
        const end = await run(seed);
        ends.set(end, (ends.get(end) ?? 0) + 1);
      },
    );
  } finally {
    const told = [...ends].sort().map(([end, count]) => `${end} ${count}`);
    console.log(`${what}: ${seeds.length} cases; how they ended: ${told.join(', ')}`);
  }
}

async function main(cases: number, first: number): Promise<void> {
  const seeds = counted(cases, first);
  const folder = mkdtempSync(join(tmpdir(), 'drydock-soak-'));
  const stand = await startPullStand(folder);
  try {
    const { faulty, real } = stand;
    const kinds = {
      'the client': (seed: number) => runCase(seed, { faulty, real, folder }),
      pull: (seed: number) => runPullCase(seed, stand),
    };
    await every(
      Object.entries(kinds),
      ([what]) => what,
      ([what, run]) => rounds(what, seeds, run),
    );
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
