/** What README.md shows is what a person gets: its session is played again, and its lists are those of the program. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { groups, verbs as dockerVerbs } from '../../src/cli/docker/verbs.ts';
import { learn, local, oci } from '../../src/cli/verbs.ts';
import { projectHome } from '../../src/linux/native.ts';
import { cli, environment, leavesNothing } from './support.ts';

const readme = readFileSync(join(projectHome(), 'README.md'), 'utf8');

interface Played {
  command: string;
  shown: string;
}

/** As long as the usual one, so that lines break in the same places. */
const run = mkdtempSync('/run/d');
after(() => rmSync(run, { recursive: true }));

/** The commands of the section, each with the lines below it. */
function session(): Played[] {
  const [, section] = /## What it looks like\n(.*?)\n## /s.exec(readme)!;
  const lines = section!.split('\n').filter((line) => line.startsWith('    '));
  const played: Played[] = [];
  for (const line of lines.map((text) => text.slice(4)))
    if (line.startsWith('$ ')) played.push({ command: line.slice(2), shown: '' });
    else played.at(-1)!.shown += `${line}\n`;
  return played;
}

/** Runs it as a shell does, with the built command line in the launcher's place. */
function play(command: string): Promise<string> {
  const line = command.replaceAll('./drydock ', `"${process.execPath}" "${cli}" `);
  return new Promise((resolve) => {
    const options = { cwd: projectHome(), env: { ...process.env, ...environment, DRYDOCK_RUN: run } };
    execFile('sh', ['-c', `{ ${line}; } 2>&1`], options, (_failed, stdout) => resolve(stdout));
  });
}

/** Without what differs from run to run: ids, counts of processes, numbers of lines, and where columns break. */
const essence = (text: string): string =>
  text
    .replace(/\/\S*\/lab\/\w{12}/g, 'LAB')
    .replace(/\b[0-9a-f]{12}\b/g, 'ID')
    .replace(/\.ts:\d+/g, '.ts:N')
    .replace(/^\d+$/gm, 'NUMBER')
    .replace(/\s+/g, ' ')
    .trim();

describe('README.md', function () {
  this.timeout(60_000);
  leavesNothing();

  const played = session();

  it('has a session', () => assert(played.length >= 5));

  for (const { command, shown } of played)
    it(`shows what \`${command}\` answers`, async () => {
      const answer = await play(command);
      assert.equal(essence(answer), essence(shown), `it answers now:\n${answer}`);
    });

  it('names every verb, and no other', () => {
    const [, table] = /\n## Verbs\n(.*?)\n\n[A-Z]/s.exec(readme)!;
    const cells = [...table!.matchAll(/^\| (.*?) \|/gm)].slice(1).map(([, cell]) => cell!);
    const named = new Set(cells.flatMap((cell) => [...cell.matchAll(/`([a-z]+)/g)].map(([, name]) => name!)));
    const ours = [...learn, ...local].map(({ name }) => name).concat('oci', 'vm');
    assert.deepEqual(
      ours.filter((name) => !named.has(name)),
      [],
    );
    // Of Docker's other verbs some stand for all.
    const docker = [...dockerVerbs.map(({ name }) => name), ...Object.keys(groups)];
    assert.deepEqual(
      [...named].filter((name) => !ours.includes(name) && !docker.includes(name)),
      [],
    );
    const [, below] = /verbs of the OCI runtime: (.*?)\. They/s.exec(readme)!;
    assert.deepEqual(
      [...below!.matchAll(/`(\w+)`/g)].map(([, name]) => name).toSorted(),
      oci.map(({ name }) => name).toSorted(),
    );
  });

  it('names files that there are', () => {
    for (const [, path] of readme.matchAll(/\]\(([^)#]+)\)/g)) assert(existsSync(join(projectHome(), path!)), path);
  });
});
