/**
 * Writes the filter that stands in for Linux 3.16 (src/linux/seccomp316.ts) to a file, for
 * `drydock-shim filter FILE -- CMD`, so that a whole test suite runs as if on the old kernel.
 *
 *     node --import tsx scripts/filter-3.16.ts OUT
 */
import { writeFileSync } from 'node:fs';
import { architectures, filter316 } from '../src/linux/seccomp316.ts';

const [out] = process.argv.slice(2);
const arch = process.arch as keyof typeof architectures;
if (out === undefined || !(arch in architectures)) {
  console.error(out === undefined ? 'usage: filter-3.16.ts OUT' : `no table of 3.16 for ${arch}`);
  process.exit(2);
}
writeFileSync(out, filter316(arch));
