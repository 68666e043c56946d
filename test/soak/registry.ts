/**
 * A registry that lies, redirects and stalls, three hundred times: each time it ends in the content or in one clear error.
 *
 *     node --import tsx test/soak/registry.ts [CASES [FIRST]]        300 unless said otherwise; a case is its number
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startFaulty } from '../../src/learn/registry/faulty.ts';
import { startRegistry } from '../../src/learn/registry/local.ts';
import { runCase } from '../clients/registry-cases.ts';

async function main(cases: number, first: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'drydock-soak-'));
  const real = await startRegistry();
  const faulty = await startFaulty(real.host);
  const ends = new Map<string, number>();
  try {
    for (let seed = first; seed < first + cases; seed++) {
      const end = await runCase(seed, { faulty, real: real.host, folder }).catch((cause: unknown) => {
        throw new Error(`case ${seed}`, { cause });
      });
      ends.set(end, (ends.get(end) ?? 0) + 1);
      if (process.stdout.isTTY) process.stdout.write(`\r${seed - first + 1} of ${cases}`);
    }
  } finally {
    await faulty.stop();
    await real.stop();
    rmSync(folder, { recursive: true, force: true });
  }
  const counted = [...ends].sort().map(([end, count]) => `${end} ${count}`);
  console.log(`\n${cases} cases; how they ended: ${counted.join(', ')}`);
}

const [cases = '300', first = '1'] = process.argv.slice(2);
main(Number(cases), Number(first)).catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
