/**
 * `npm run record [LESSON…]`: plays the demos, as root, and keeps what they said in dist/recordings: the book replays it
 * (`npm run book`), and so does `./drydock demo LESSON --recorded`.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Recording } from '../src/learn/demo/recording.ts';
import { lessons } from '../src/learn/lessons.ts';

const home = resolve(__dirname, '..');
const folder = join(home, 'dist', 'recordings');

mkdirSync(folder, { recursive: true });
const asked = process.argv.slice(2);
for (const { name } of lessons.filter((lesson) => asked.length === 0 || asked.includes(lesson.name))) {
  const { status, stdout } = spawnSync(join(home, 'drydock'), ['demo', name, '--json'], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const wrong = status === 0 ? fault(JSON.parse(stdout) as Recording) : `exit code ${status}`;
  if (!wrong) writeFileSync(join(folder, `${name}.json`), stdout);
  else process.exitCode = 1;
  console.log(wrong ? `FAIL  ${name}: ${wrong}` : `ok    ${name}`);
}

/** A recording that nobody should be shown. */
function fault({ left, scenes }: Recording): string | undefined {
  if (Object.values(left).some((count) => count > 0)) return `it left behind ${JSON.stringify(left)}`;
  return scenes.some(({ lines }) => lines.length === 0) ? 'a scene shows nothing' : undefined;
}
