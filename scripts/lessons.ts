/** `npm run lessons`: checks the lessons themselves (src/learn/author.ts). Exit code 1 when something does not hold. */
import { checkLessons } from '../src/learn/author.ts';

async function main(): Promise<void> {
  await checkLessons(({ title, wrong }) => {
    console.log(wrong ? `FAIL  ${title}\n      ${wrong}` : `ok    ${title}`);
    if (wrong) process.exitCode = 1;
  });
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
