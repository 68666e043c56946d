/**
 * A learner's day: checks of every written lesson, one after another, in the dock, with the references solved. Afterwards
 * nothing is left, and the slowest check of each lesson is told.
 *
 *     node --import tsx test/soak/day.ts [ROUNDS]        500 checks unless said otherwise
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { lessons } from '../../src/learn/lessons.ts';
import { begin, workspace } from '../../src/learn/workspace.ts';
import { readMountinfo } from '../../src/linux/mountinfo.ts';
import { projectHome } from '../../src/linux/native.ts';

const rounds = Number(process.argv[2] ?? 500);
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
  for (let round = 0; round < rounds; round++) {
    const name = names[round % names.length]!;
    const from = performance.now();
    const { status, stdout, stderr } = spawnSync(process.execPath, [project('dist/drydock.cjs'), 'check', name], {
      encoding: 'utf8',
    });
    times.push({ name, ms: performance.now() - from });
    if (status !== 0) throw new Error(`check ${name}, round ${round}: exit code ${status}\n${stdout}${stderr}`);
    if (process.stdout.isTTY) process.stdout.write(`\r${round + 1} of ${rounds}`);
  }
  const left = leftBehind();
  const middle = times.map(({ ms }) => ms).sort((a, b) => a - b)[Math.floor(times.length / 2)]!;
  console.log(
    `\n${rounds} checks of ${names.length} lessons; median ${Math.round(middle)} ms; ` +
      `left behind: ${left.join(', ') || 'nothing'}\nthe slowest of each, in ms:`,
  );
  for (const name of names) {
    const slowest = Math.max(...times.filter((one) => one.name === name).map(({ ms }) => ms));
    if (slowest > 0) console.log(`  ${name.padEnd(14)}${Math.round(slowest)}`);
  }
  if (left.length) process.exitCode = 1;
}

const project = (path: string): string => join(projectHome(), path);

/** Begins every lesson with its reference in place. */
async function solved(): Promise<string[]> {
  const work = workspace();
  for (const { name, parts } of lessons) {
    const lesson = await parts.lesson();
    await begin(work, lesson);
    for (const { file, source } of lesson.slots) {
      mkdirSync(dirname(join(work.root, name, file)), { recursive: true });
      writeFileSync(join(work.root, name, file), readFileSync(project(source), 'utf8'));
    }
  }
  return lessons.map(({ name }) => name);
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
  .finally(() => rmSync(folder, { recursive: true, force: true }));
