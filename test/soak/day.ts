/**
 * A learner's day: checks of every written lesson, one after another, in the dock, with the references solved; then `watch`
 * of each, and three saves. Afterwards nothing is left, and the slowest of each lesson is told.
 *
 *     node --import tsx test/soak/day.ts [ROUNDS [LESSON…]]        500 checks of all lessons unless said otherwise
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { until } from '../../src/learn/facts.ts';
import { lessons } from '../../src/learn/lessons.ts';
import { begin, workspace } from '../../src/learn/workspace.ts';
import { readMountinfo } from '../../src/linux/mountinfo.ts';
import { projectHome } from '../../src/linux/native.ts';

const [rounds = '500', ...asked] = process.argv.slice(2);
const day = lessons.filter(({ name }) => asked.length === 0 || asked.includes(name));
/** How long a learner looks at an answer before the next save, at the least. */
const READS_MS = 3000;
const folder = mkdtempSync(join(tmpdir(), 'drydock-day-'));
const below = (name: string): string => join(folder, name);
Object.assign(process.env, {
  DRYDOCK_ROOT: below('root'),
  DRYDOCK_RUN: below('run'),
  DRYDOCK_WORK: below('work'),
  NO_COLOR: '1',
});

async function main(): Promise<void> {
  const names = await solved();
  const times: { name: string; ms: number }[] = [];
  for (let round = 0; round < Number(rounds); round++) {
    const name = names[round % names.length]!;
    const from = performance.now();
    const { status, stdout, stderr } = spawnSync(process.execPath, [project('dist/drydock.cjs'), 'check', name], {
      encoding: 'utf8',
    });
    times.push({ name, ms: performance.now() - from });
    if (status !== 0) throw new Error(`check ${name}, round ${round}: exit code ${status}\n${stdout}${stderr}`);
    if (process.stdout.isTTY) process.stdout.write(`\r${round + 1} of ${rounds}`);
  }
  const middle = times.map(({ ms }) => ms).sort((a, b) => a - b)[Math.floor(times.length / 2)]!;
  console.log(`\n${rounds} checks of ${names.length} lessons; median ${Math.round(middle)} ms`);
  console.log('the slowest check of each and the slowest answer of `watch` to a save, in ms:');
  for (const name of names) {
    const slowest = Math.max(...times.filter((one) => one.name === name).map(({ ms }) => ms));
    const numbers = [slowest, await slowestAnswer(name)].map((ms) => String(Math.round(ms)).padStart(7));
    console.log(`  ${name.padEnd(14)}${numbers.join('')}`);
  }
  // A worker that is told to end while TypeScript thinks hears it when that has come to its end.
  await until(() => leftBehind().length === 0, 10_000);
  const left = leftBehind();
  console.log(`left behind: ${left.join(', ') || 'nothing'}`);
  if (left.length) process.exitCode = 1;
}

const project = (path: string): string => join(projectHome(), path);

/** Begins every lesson with its reference in place. */
async function solved(): Promise<string[]> {
  const work = workspace();
  for (const { name, parts } of day) {
    const lesson = await parts.lesson();
    await begin(work, lesson);
    for (const { file, source } of lesson.slots) {
      mkdirSync(dirname(join(work.root, name, file)), { recursive: true });
      writeFileSync(join(work.root, name, file), readFileSync(project(source), 'utf8'));
    }
  }
  return day.map(({ name }) => name);
}

/** Milliseconds from a save to the whole answer of `watch`, the slowest of three; in between the learner reads. */
async function slowestAnswer(name: string): Promise<number> {
  const [{ file } = { file: '' }] = (await lessons.find((one) => one.name === name)!.parts.lesson()).slots;
  const saved = join(workspace().root, name, file);
  const child = spawn(process.execPath, [project('dist/drydock.cjs'), 'watch', name], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const closed = once(child, 'close').then(() => [undefined]);
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
  const answered = async (): Promise<void> => {
    while (!/ALL \d+ HOLD[^]*\n$/.test(said)) {
      const [ended] = await Promise.race([once(child.stdout, 'data'), closed]);
      if (ended === undefined) throw new Error(`watch ${name} has ended:\n${said}`);
    }
    said = '';
  };
  await answered();
  const times: number[] = [];
  for (let save = 0; save < 3; save++) {
    await setTimeout(READS_MS);
    const from = performance.now();
    writeFileSync(saved, readFileSync(saved));
    await answered();
    times.push(performance.now() - from);
  }
  child.kill('SIGTERM');
  await closed;
  return Math.max(...times);
}

/** Containers, mounts, cgroups and processes that name our folder. */
function leftBehind(): string[] {
  const run = below('run');
  const containers = existsSync(run) ? readdirSync(run).filter((name) => name !== 'lab') : [];
  const mounts = readMountinfo().filter(({ mountPoint }) => mountPoint.startsWith(folder));
  const processes = readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && runsHere(pid));
  return [
    ...containers.map((name) => `container ${name}`),
    ...mounts.map(({ mountPoint }) => `mount ${mountPoint}`),
    ...processes.map((pid) => `process ${pid}`),
  ];
}

function runsHere(pid: string): boolean {
  if (Number(pid) === process.pid) return false;
  try {
    return readFileSync(`/proc/${pid}/environ`, 'latin1').includes(`DRYDOCK_RUN=${below('run')}`);
  } catch {
    return false; // It has ended, or is not ours to ask.
  }
}

main()
  .catch((error: unknown) => {
    console.error(error);
    process.exitCode = 1;
  })
  // The worker of a watch that was ended may still be writing when its parent has gone.
  .finally(() => rmSync(folder, { recursive: true, force: true, maxRetries: 20 }));
