/**
 * What the lessons' tests share: folders of their own, a workspace in which a lesson has been begun, and the command
 * line as a person would use it, in the dock.
 */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { projectHome } from '../../src/linux/native.ts';
import { runChecks, type Result, type RunOptions } from '../../src/learn/check/runner.ts';
import { findLesson } from '../../src/learn/lessons.ts';
import { begin, workspace, type Workspace } from '../../src/learn/workspace.ts';

/** Everything of this run lies below it. Others may pass through: the owner of a workspace is somebody else. */
export const folder = mkdtempSync(join(tmpdir(), 'drydock-lessons-'));
chmodSync(folder, 0o711);
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
process.env.DRYDOCK_ROOT = join(folder, 'root');
process.env.DRYDOCK_RUN = join(folder, 'run');

let count = 0;

/** A new workspace with the lesson begun in it. It is the one of DRYDOCK_WORK from now on. */
export async function begun(name: string): Promise<Workspace> {
  process.env.DRYDOCK_WORK = join(folder, `work-${++count}`);
  const work = workspace();
  await begin(work, await findLesson(name).parts.lesson());
  return work;
}

export const read = (work: Workspace, file: string): string => readFileSync(join(work.root, file), 'utf8');

/** Writes a file of the learner's. */
export function write(work: Workspace, file: string, text: string): void {
  mkdirSync(join(work.root, file, '..'), { recursive: true });
  writeFileSync(join(work.root, file), text);
}

export const source = (file: string): string => readFileSync(join(projectHome(), file), 'utf8');

/** The checks of a lesson on what is in the workspace, in this process: for code that is ours. */
export async function judge(work: Workspace, name: string, options: RunOptions = {}): Promise<Result[]> {
  const { parts } = findLesson(name);
  return runChecks(work, await parts.lesson(), await parts.checks(), options);
}

export const failures = (results: readonly Result[]): Result[] => results.filter(({ outcome }) => outcome === 'failed');

export interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

const argvOf = (words: readonly string[]): string[] => [join(projectHome(), 'dist/drydock.cjs'), ...words];

function environment(more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  const { DRYDOCK_DOCKED: _, DRYDOCK_NO_DOCK: __, ...rest } = process.env;
  return { ...rest, NO_COLOR: '1', ...more };
}

/** `drydock WORDS…` as a process of its own. */
export function drydock(words: readonly string[], more?: NodeJS.ProcessEnv): Ran {
  const ran = spawnSync(process.execPath, argvOf(words), {
    cwd: projectHome(),
    encoding: 'utf8',
    env: environment(more),
    timeout: 120_000,
  });
  return { code: ran.status, out: ran.stdout, err: ran.stderr };
}

export interface Starting {
  readonly process: ChildProcess;
  readonly ended: Promise<number | null>;
  output(): string;
  /** Resolves when its output has this in it. */
  says(text: string): Promise<void>;
}

/** The same, to be watched while it runs. */
export function starting(words: readonly string[]): Starting {
  const child = spawn(process.execPath, argvOf(words), {
    cwd: projectHome(),
    env: environment(),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
  return {
    process: child,
    ended: new Promise((resolve) => child.on('close', (code) => resolve(code))),
    output: () => text,
    says: (wanted) =>
      new Promise((resolve) => {
        const look = (): void => {
          if (!text.includes(wanted)) return;
          child.stdout.off('data', look);
          resolve();
        };
        child.stdout.on('data', look);
        look();
      }),
  };
}
