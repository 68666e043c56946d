/**
 * What the tests of the command line share: Drydock as a program, started from outside with folders of its own, and a
 * look at everything that it could leave behind.
 *
 * DRYDOCK_CLI names another build of it than dist/drydock.cjs.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import {
  chmodSync,
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
} from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export const home = resolve(__dirname, '../..');
export const cli = process.env.DRYDOCK_CLI ?? join(home, 'dist/drydock.cjs');

/** Everything of this run lies below it. */
export const folder = mkdtempSync(join(tmpdir(), 'drydock-cli-'));
chmodSync(folder, 0o711);
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

export const run = join(folder, 'run');
export const root = join(folder, 'root');

/** The environment of a Drydock that has its own folders. */
export const environment: NodeJS.ProcessEnv = {
  PATH: process.env.PATH,
  HOME: process.env.HOME,
  DRYDOCK_HOME: home,
  DRYDOCK_ROOT: root,
  DRYDOCK_RUN: run,
};

export interface Answer {
  /** Exit code, 128 + n for a signal. */
  code: number;
  stdout: string;
  stderr: string;
}

export interface Given {
  input?: string;
  env?: NodeJS.ProcessEnv;
  /** Words in front of node: `setpriv …`. */
  before?: readonly string[];
  cwd?: string;
  /** Called with the pid of what was started. */
  started?: (pid: number) => void;
  /** Called with everything that it has printed so far. */
  said?: (stdout: string) => void;
}

/**
 * Runs `drydock WORDS` to its end. What it prints goes into files: a container in the background holds its standard
 * output open, and a pipe would not end.
 */
export async function drydock(words: readonly string[], given: Given = {}): Promise<Answer> {
  const [command, ...args] = [...(given.before ?? []), process.execPath, cli, ...words];
  const paths = [join(folder, fresh('stdout')), join(folder, fresh('stderr'))] as const;
  const [out, err] = paths.map((path) => openSync(path, 'w'));
  const child = spawn(command!, args, {
    env: { ...environment, ...given.env },
    cwd: given.cwd,
    stdio: ['pipe', given.said ? 'pipe' : out, err],
  });
  given.started?.(child.pid!);
  let said = '';
  child.stdout?.on('data', (data: Buffer) => given.said?.((said += String(data))));
  // Whoever does not read its input may be gone before we have written it.
  child.stdin!.on('error', () => undefined);
  child.stdin!.end(given.input ?? '');
  const code = await new Promise<number>((done, failed) => {
    child.on('error', failed);
    child.on(given.said ? 'close' : 'exit', (exit: number | null, signal) =>
      done(exit ?? 128 + constants.signals[signal as NodeJS.Signals]),
    );
  });
  for (const fd of [out, err]) closeSync(fd!);
  return { code, stdout: said + readFileSync(paths[0], 'utf8'), stderr: readFileSync(paths[1], 'utf8') };
}

/** Its standard output; fails with everything that it said when the exit code is another. */
export async function output(words: readonly string[], given: Given & { code?: number } = {}): Promise<string> {
  const answer = await drydock(words, given);
  assert.equal(answer.code, given.code ?? 0, `drydock ${words.join(' ')}: ${answer.stdout}${answer.stderr}`);
  return answer.stdout;
}

let count = 0;

/** A name that nobody has had. */
export const fresh = (prefix: string): string => `${prefix}-${process.pid}-${++count}`;

export function freshFolder(prefix: string): string {
  const path = join(folder, fresh(prefix));
  mkdirSync(path);
  return path;
}

/** Asks until the answer is true; fails with what `otherwise` says at the deadline. */
export async function eventually(
  holds: () => boolean | Promise<boolean>,
  otherwise: () => string,
  deadline = 20_000,
): Promise<void> {
  for (const end = Date.now() + deadline; !(await holds()); await sleep(20))
    if (Date.now() > end) assert.fail(otherwise());
}

/** Mounts, cgroups, processes and folders that bear a name of this run. */
export function traces(): string[] {
  return [...mountsOfRun(), ...cgroupsOfDrydock(), ...processesOfRun(), ...foldersOfRun()].sort();
}

function mountsOfRun(): string[] {
  const seen = new Set<string>();
  for (const pid of pids())
    for (const line of text(`/proc/${pid}/mountinfo`).split('\n')) if (line.includes(run)) seen.add(line);
  return [...seen];
}

// Other runs of tests have containers at the same time, with their own pid in each name; an engine's have ids, and nobody
// can tell whose: the engine's own tests look at those (test/kernel/engine).
function cgroupsOfDrydock(): string[] {
  return foldersBelow('/sys/fs/cgroup', 4).filter((path) => {
    const [, name] = /\/drydock\/([^/]+)$/.exec(path) ?? [];
    const owner = /-(\d+)-\d+$/.exec(name ?? '')?.[1];
    return name !== undefined && !/^[0-9a-f]{64}$/.test(name) && (owner === undefined || owner === String(process.pid));
  });
}

function processesOfRun(): string[] {
  return pids().flatMap((pid) => {
    const command = text(`/proc/${pid}/cmdline`).split('\0').join(' ');
    const isOurs = text(`/proc/${pid}/environ`).includes(`DRYDOCK_RUN=${run}`) || holdsOurs(pid);
    return isOurs ? [`process ${pid}: ${command}`] : [];
  });
}

/** The shim has no environment, but the container's folder or its fifo open. */
function holdsOurs(pid: string): boolean {
  if (pid === String(process.pid)) return false;
  return list(`/proc/${pid}/fd`).some((fd) => {
    try {
      return readlinkSync(`/proc/${pid}/fd/${fd}`).startsWith(run);
    } catch {
      return false; // Closed meanwhile.
    }
  });
}

function foldersOfRun(): string[] {
  return [run, join(run, 'lab'), join(run, 'oci')].flatMap((path) =>
    list(path)
      .filter((name) => !['lab', 'oci'].includes(name))
      .map((name) => join(path, name)),
  );
}

function foldersBelow(path: string, depth: number): string[] {
  if (depth === 0) return [];
  return list(path).flatMap((name) => {
    const child = join(path, name);
    return existsSync(join(child, 'cgroup.procs')) ? [child, ...foldersBelow(child, depth - 1)] : [];
  });
}

const pids = (): string[] => list('/proc').filter((name) => /^\d+$/.test(name));

/** The names in a folder; none where there is no such folder. */
export function list(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return []; // Not there, or gone meanwhile.
  }
}

function text(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return ''; // It has ended meanwhile.
  }
}

let engines = 0;

/**
 * Folders for an engine of its own, which the first command that asks one starts, and a bridge that no other engine of
 * this machine has. A socket's path ends at 107 bytes: the names are short.
 */
export function engineFolders(): { DRYDOCK_ROOT: string; DRYDOCK_RUN: string; DRYDOCK_OPTS: string } {
  const number = ++engines;
  const [third, fourth] = [process.pid % 256, (number * 16) % 256];
  return {
    DRYDOCK_ROOT: freshFolder('root'),
    DRYDOCK_RUN: freshFolder('r'),
    DRYDOCK_OPTS: `--bridge dt${process.pid}n${number} --bip 10.211.${third}.${fourth + 1}/28`,
  };
}

/** In a `describe`: the same, and the engine's end afterwards. */
export function ownEngine(): ReturnType<typeof engineFolders> {
  const env = engineFolders();
  after(() => endEngine(env.DRYDOCK_RUN));
  return env;
}

/** The process of the engine in a run folder, if there is one. */
export function engineIn(run: string): number | undefined {
  const pid = text(join(run, 'drydock.pid'));
  return pid === '' ? undefined : Number(pid);
}

/** Ends the engine in a run folder, if there is one, and waits until it is gone. */
export async function endEngine(run: string): Promise<void> {
  const pid = engineIn(run);
  if (pid === undefined) return;
  process.kill(pid, 'SIGTERM');
  await eventually(
    () => !existsSync(`/proc/${pid}`),
    () => `the engine ${pid} does not end: ${text(join(run, 'engine/log'))}`,
  );
}

/** In a `describe`: each of its tests leaves mounts, cgroups, processes and folders as they were. */
export function leavesNothing(): void {
  let before: string[] = [];
  beforeEach(() => void (before = traces()));
  afterEach(async () => {
    const left = (): string[] => traces().filter((trace) => !before.includes(trace));
    await eventually(
      () => left().length === 0,
      () => `left behind:\n${left().join('\n')}`,
    );
  });
}
