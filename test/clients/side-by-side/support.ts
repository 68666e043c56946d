/**
 * A real dockerd, the real `docker` and ours beside it: every line is typed to both, and what comes back must be the same.
 *
 * The lines of a case belong together, as in a shell: what one makes the next one sees. First docker runs all of them,
 * then everything that they made is removed, then drydock runs them. Only what differs by nature is taken out: ids, times,
 * and by which name the command is called.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { projectHome } from '../../../src/linux/native.ts';
import { command, daemon, folder, freshFolder, labArchive, said, type Answer, type Daemon } from '../support.ts';

export const socket = join(folder, 'side.sock');
export const docker = ['docker', '-H', `unix://${socket}`];
export const drydock = [process.execPath, '--', join(projectHome(), 'dist/drydock.cjs'), '-H', `unix://${socket}`];

export async function startDockerd(): Promise<Daemon> {
  const places = [
    '--data-root',
    freshFolder('side'),
    '--exec-root',
    freshFolder('sidex'),
    '--pidfile',
    join(folder, 'side.pid'),
  ];
  const noNetwork = ['--bridge=none', '--iptables=false', '--ip6tables=false', '--ip-forward=false', '--ip-masq=false'];
  const words = ['dockerd', ...places, '-H', `unix://${socket}`, ...noNetwork, '--storage-driver', 'vfs'];
  const server = await daemon('side-by-side', words, async () => (await command([...docker, 'version'])).code === 0);
  await said([...docker, 'import', '-c', 'CMD ["sh"]', await labArchive(), 'lab:latest']);
  return server;
}

/** A line of a case, or one of which docker and drydock say different things, with the reason. */
export type Line = string | Different;

export interface Different {
  readonly line: string;
  /** Why it is so, and why it is right so. The exit codes are equal all the same. */
  readonly because: string;
}

export const differs = (line: string, because: string): Different => ({ line, because });

export interface Case {
  readonly title: string;
  readonly lines: readonly Line[];
}

/** Types a case to both, and compares. */
export async function sameForBoth({ lines }: Case): Promise<void> {
  const theirs = await transcript(docker, lines);
  const ours = await transcript(drydock, lines);
  const wrong = lines.flatMap((line, i) => complaint(line, theirs[i]!, ours[i]!));
  assert.equal(wrong.length, 0, `\n${wrong.join('\n\n')}`);
}

/** All lines are looked at before anything is said: one difference seldom comes alone. */
function complaint(line: Line, theirs: Answer, ours: Answer): string[] {
  const isSame = isDeepStrictEqual(ours, theirs);
  if (typeof line === 'string')
    return isSame ? [] : [`$ ${line}\n docker:  ${shown(theirs)}\n drydock: ${shown(ours)}`];
  if (isSame) return [`$ ${line.line}\n there is no difference any more, and the reason can go: ${line.because}`];
  return ours.code === theirs.code ? [] : [`$ ${line.line}\n exit codes: docker ${theirs.code}, drydock ${ours.code}`];
}

const shown = ({ code, stdout, stderr }: Answer): string =>
  `${code} ${JSON.stringify(stdout)} ${JSON.stringify(stderr)}`;

async function transcript(program: readonly string[], lines: readonly Line[]): Promise<Answer[]> {
  const here = mkdtempSync(join(tmpdir(), 'dd-side-'));
  const answers: Answer[] = [];
  try {
    for (const line of lines)
      answers.push(plain(await typed(program, typeof line === 'string' ? line : line.line, here)));
  } finally {
    rmSync(here, { recursive: true, force: true });
    await emptied();
  }
  return answers;
}

/** In a shell, where the command is called `$D`: pipes and redirections are the shell's. */
function typed(program: readonly string[], line: string, cwd: string): Promise<Answer> {
  const words = line.startsWith('$D') || line.includes('|') || line.includes('$D') ? line : `$D ${line}`;
  const quoted = program.map((word) => `'${word}'`).join(' ');
  const script = `shopt -s expand_aliases\nset -o pipefail\nD() { ${quoted} "$@"; }\n${words.replaceAll('$D', 'D')}`;
  return command(['bash', '-c', script], { cwd, seconds: 120 });
}

/** Without what differs from one run to the next. */
function plain({ code, stdout, stderr }: Answer): Answer {
  return { code, stdout: withoutTimes(stdout), stderr: withoutTimes(stderr) };
}

function withoutTimes(text: string): string {
  return (
    text
      .replaceAll('drydock', 'docker')
      .replace(/\/tmp\/dd-side-\w+/g, 'HERE')
      .replace(/\b[0-9a-f]{64}\b/g, 'ID64')
      .replace(/\b[0-9a-f]{12}\b/g, 'ID12')
      .replace(/\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?( \+0000 UTC|Z|\+00:00)?/g, 'TIME')
      .replace(/\b1\d{9}(\.\d+|\d{9})?\b/g, 'SECONDS')
      .replace(/(Less than a second|About a minute|About an hour|\d+ (second|minute|hour)s?)( ago)? */g, 'AGE ')
      .replace(/"Pid": \d+/g, '"Pid": PID')
      // A column is as wide as its widest cell, and `9 seconds` is narrower than `10 seconds`.
      .replace(/[^]*AGE[^]*/, (table) => table.replace(/ {2,}/g, '  '))
  );
}

/** Everything goes but the image. */
async function emptied(): Promise<void> {
  const ids = (words: string): string[] => words.split('\n').filter(Boolean);
  const containers = ids(await said([...docker, 'ps', '-aq']));
  if (containers.length > 0) await said([...docker, 'rm', '-fv', ...containers]);
  const volumes = ids(await said([...docker, 'volume', 'ls', '-q']));
  if (volumes.length > 0) await said([...docker, 'volume', 'rm', '-f', ...volumes]);
  await said([...docker, 'network', 'prune', '-f']);
  const images = ids(await said([...docker, 'images', '--format', '{{.Repository}}:{{.Tag}} {{.ID}}']));
  for (const image of images) {
    const [name, id] = image.split(' ');
    if (name !== 'lab:latest') await command([...docker, 'rmi', '-f', name!.includes('<none>') ? id! : name!]);
  }
}
