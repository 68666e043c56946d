/**
 * The workspace's history: every attempt is a commit, made as the learner, whatever their own git is set up to do.
 *
 * No hooks, no signing and no missing name may come between a check and its result; and without git the lessons work
 * all the same, so every function here answers with the reason instead of throwing.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { slowness } from './slowness.ts';
import type { Workspace } from './workspace.ts';

const PATIENCE_MS = 20_000 * slowness;

const settings = [
  'commit.gpgsign=false',
  'core.hooksPath=/dev/null',
  'core.fsmonitor=false',
  // What they ignore elsewhere is here what they have written: `reset` relies on it being kept.
  'core.excludesFile=/dev/null',
  'core.attributesFile=/dev/null',
  'gc.auto=0',
  'safe.directory=*',
];

/** Makes the repository if there is none. Returns why there is no history, or undefined. */
export function initialise(work: Workspace): string | undefined {
  if (existsSync(join(work.root, '.git'))) return undefined;
  return git(work, ['init', '-q', '-b', 'main']).refusal;
}

/** Commits everything. Returns why it could not; that nothing has changed is no failure. */
export function commit(work: Workspace, message: string): string | undefined {
  if (!existsSync(join(work.root, '.git'))) return 'the workspace is no git repository';
  const added = git(work, ['add', '-A']);
  if (added.refusal) return added.refusal;
  if (git(work, ['diff', '--cached', '--quiet']).code === 0) return undefined;
  return git(work, ['commit', '-q', '-m', message]).refusal;
}

/** Whether the last commit has this text: not where it was refused, nor below a repository in the repository. */
export function isKept(work: Workspace, path: string, text: string): boolean {
  return existsSync(join(work.root, '.git')) && git(work, ['show', `HEAD:${path}`]).out === text;
}

/** Merges the second difference (from → theirs) into `mine`, three files of the workspace; undefined if it cannot be. */
export function mergeFiles(work: Workspace, mine: string, from: string, theirs: string): string | undefined {
  const { code, out } = git(work, ['merge-file', '-p', mine, from, theirs]);
  return code === 0 ? out : undefined;
}

/** How one file of the workspace differs from another, as git shows it; empty when they are the same. */
export function difference(work: Workspace, from: string, to: string): string {
  const { code, out, refusal } = git(work, ['diff', '--no-index', '--no-ext-diff', '--no-color', '--', from, to]);
  return code <= 1 ? out : (refusal ?? '');
}

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly refusal?: string;
}

function git(work: Workspace, args: readonly string[]): Ran {
  const { uid, gid, home } = work.owner;
  const named = (key: string): boolean => run(work, ['config', key]).code === 0;
  const who =
    args[0] === 'commit'
      ? [
          ...(named('user.name') ? [] : ['user.name=learner']),
          ...(named('user.email') ? [] : ['user.email=learner@drydock.invalid']),
        ]
      : [];
  return run(work, args, who, process.getuid!() === 0 ? { uid, gid } : {}, home);
}

function run(
  work: Workspace,
  args: readonly string[],
  more: readonly string[] = [],
  as = {},
  home = work.owner.home,
): Ran {
  const flags = [...settings, ...more].flatMap((setting) => ['-c', setting]);
  const env = { PATH: process.env.PATH, HOME: home, LC_ALL: 'C', GIT_CONFIG_NOSYSTEM: '1', GIT_TERMINAL_PROMPT: '0' };
  const ran = spawnSync('git', [...flags, ...args], {
    cwd: work.root,
    env,
    encoding: 'utf8',
    timeout: PATIENCE_MS,
    ...as,
  });
  if (ran.error) {
    const missing = (ran.error as NodeJS.ErrnoException).code === 'ENOENT';
    return { code: 127, out: '', refusal: missing ? 'git is not installed' : ran.error.message };
  }
  const code = ran.status ?? 1;
  return {
    code,
    out: ran.stdout,
    refusal: code === 0 ? undefined : reasonIn(ran.stderr) || `git ended with ${code}`,
  };
}

/** Advice comes behind the reason: of a lock that a killed git has left, the last line does not even say the name. */
function reasonIn(stderr: string): string | undefined {
  const lines = stderr.trim().split('\n');
  return lines.find((line) => line.startsWith('fatal: ')) ?? lines.at(-1);
}
