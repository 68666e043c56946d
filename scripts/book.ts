/**
 * `npm run book [FOLDER]`: the book as a static site, in dist/book. Needs no root. Demos are in it as far as they have
 * been recorded (`npm run record`, which does).
 */
import { join, resolve } from 'node:path';
import { makeSite } from '../src/site/site.ts';

const home = resolve(__dirname, '..');
const out = process.argv[2] ?? join(home, 'dist', 'book');

async function main(): Promise<void> {
  const { pages, unrecorded } = await makeSite({ home, out, recordings: join(home, 'dist', 'recordings') });
  console.log(`${pages} pages in ${out}`);
  if (unrecorded.length > 0)
    console.log(`no recording of the demo of: ${unrecorded.join(', ')} (npm run record makes them, as root)`);
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
