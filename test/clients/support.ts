/**
 * What the tests with real callers share: a folder of their own, a root file system, daemons that are started and ended,
 * and a way to run a command.
 */
import assert from 'node:assert/strict';
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { labRoot } from '../../src/lab/lab.ts';
import { projectHome } from '../../src/linux/native.ts';

/** Short, because the path of a socket ends at 107 bytes. */
export const folder = mkdtempSync(join(tmpdir(), 'dd-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

export const runtime = join(projectHome(), 'drydock-oci');

/** Callers start the runtime with whatever environment they have; its state is theirs to place. */
delete process.env.NODE_EXTRA_CA_CERTS;

export interface Answer {
  code: number;
  stdout: string;
  stderr: string;
}

/** Whether a program is installed. */
export function isInstalled(program: string): boolean {
  return (process.env.PATH ?? '').split(delimiter).some((path) => existsSync(join(path, program)));
}

/** Runs a command to its end, at most `seconds` long. */
export function command(words: readonly string[], { input = '', seconds = 60, cwd = folder } = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const child = spawn(words[0]!, words.slice(1), { cwd, timeout: seconds * 1000 });
    const answer: Answer = { code: 0, stdout: '', stderr: '' };
    child.stdout.setEncoding('utf8').on('data', (text: string) => (answer.stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (answer.stderr += text));
    child.stdin.on('error', () => undefined); // whoever does not read may be gone
    child.stdin.end(input);
    child.on('error', reject);
    child.on('close', (code) => resolve({ ...answer, code: code ?? -1 }));
  });
}

/** Its standard output; fails with all that it said when it fails. */
export async function said(words: readonly string[], given: Parameters<typeof command>[1] = {}): Promise<string> {
  const { code, stdout, stderr } = await command(words, given);
  assert.equal(code, 0, `${words.join(' ')}: ${stdout}${stderr}`);
  return stdout.trimEnd();
}

/** The files of the lab, with more programs in /bin. */
export async function labFiles(programs: readonly string[] = []): Promise<string> {
  const path = join(folder, 'rootfs');
  if (!existsSync(path)) execFileSync('cp', ['-a', await labRoot(join(folder, 'root')), path]);
  for (const name of programs)
    execFileSync('cc', [
      '-static',
      '-O1',
      '-w',
      '-o',
      join(path, 'bin', name),
      join(__dirname, 'helpers', `${name}.c`),
    ]);
  return path;
}

/** The lab as an archive. */
export async function labArchive(): Promise<string> {
  const archive = join(folder, 'lab.tar');
  if (!existsSync(archive)) execFileSync('tar', ['-C', await labFiles(), '-c', '-f', archive, '.']);
  return archive;
}

export interface Daemon {
  log(): string;
  end(): Promise<void>;
}

/** Starts a program that stays, and waits until it answers. */
export async function daemon(name: string, words: readonly string[], answers: () => Promise<boolean>): Promise<Daemon> {
  const path = join(folder, `${name}.log`);
  writeFileSync(path, '');
  const file = openSync(path, 'a');
  const child: ChildProcess = spawn(words[0]!, words.slice(1), { cwd: folder, stdio: ['ignore', file, file] });
  const ended = new Promise((resolve) => child.on('exit', resolve));
  const log = (): string => readFileSync(path, 'utf8');
  for (const deadline = Date.now() + 60_000; !(await answers()); await sleep(100))
    assert(Date.now() < deadline && child.exitCode === null, `${name} does not answer:\n${log()}`);
  return {
    log,
    async end() {
      child.kill('SIGTERM');
      // The clock must not keep whoever has no other work.
      await Promise.race([ended, sleep(20_000, undefined, { ref: false }).then(() => child.kill('SIGKILL'))]);
      await ended;
    },
  };
}

/** Cgroups whose path has this in it: what a caller has left. */
export function cgroupsWith(part: string): string[] {
  return readdirSync('/sys/fs/cgroup', { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name.includes(part))
    .map((entry) => join(entry.parentPath, entry.name));
}

export function freshFolder(name: string): string {
  const path = join(folder, name);
  mkdirSync(path, { recursive: true });
  return path;
}

/** Skips all of a `describe`, with the reason in its title. */
export function skipAll(context: Mocha.Context, reason: string): never {
  context.test!.parent!.title += ` [skipped: ${reason}]`;
  context.skip();
}

/** Asks until the answer is true. */
export async function eventually(
  what: string,
  holds: () => Promise<boolean> | boolean,
  withinMs = 30_000,
): Promise<void> {
  for (const deadline = Date.now() + withinMs; !(await holds()); await sleep(50))
    assert(Date.now() < deadline, `waited ${withinMs} ms for: ${what}`);
}
