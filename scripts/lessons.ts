/**
 * `npm run lessons [NAME]`: checks the lessons themselves (src/learn/author/). Exit code 1 when something does not hold.
 */
import { checkLessons } from '../src/learn/author/author.ts';

async function main(): Promise<void> {
  for await (const { title, wrong } of checkLessons(process.argv[2])) {
    console.log(wrong === undefined ? `ok    ${title}` : `FAIL  ${title}\n      ${wrong}`);
    if (wrong !== undefined) process.exitCode = 1;
  }
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
