/** Whether a person could look around with a shell in what a program has failed on, and how. */
import { posix } from 'node:path';
import { hexOf } from '../content/digest.ts';
import { DrydockError } from '../errors.ts';
import { accountOf } from '../images/spec.ts';
import type { Turn } from './change.ts';
import type { Command } from './dockerfile/index.ts';
import { withShell } from './failure.ts';
import { follow } from './files.ts';
import { withTree, type Tree } from './tree.ts';

/** What a program of this turn has failed with, told so that it helps; anything else as it is. */
export async function failedProgram(error: unknown, turn: Turn, { form }: Command, args: string[]): Promise<unknown> {
  const { build, state, step } = turn;
  if (build.signal.aborted || !(error instanceof DrydockError)) return error;
  const [program = ''] = args;
  if (error.code === 'PROGRAM_NOT_FOUND' && form === 'shell')
    Object.assign(error, {
      hint: `the image has no ${program}, which runs this line: RUN ["PROGRAM", "WORD"] asks for no shell`,
    });
  // The program's failure is what counts, and not that there was nothing to see.
  return withShell(error, step, state, await wordsFor(turn).catch(() => undefined));
}

/** Words of `run`; undefined: there is no shell. */
async function wordsFor({ build, state, config }: Turn): Promise<string[] | undefined> {
  const { id } = state;
  if (id === undefined) return undefined;
  const places = pathIn(config.Env ?? []);
  return withTree(build.store, state, { what: 'the image', folder: build.folder }, (tree) => {
    if (!places.some((folder) => isFile(tree, posix.join('/', folder, 'sh')))) return undefined;
    const user = isIn(tree, config.User) ? [] : ['-u', '0'];
    return ['--rm', '-it', ...user, '--entrypoint', 'sh', hexOf(id).slice(0, 12)];
  });
}

const pathIn = (env: readonly string[]): string[] =>
  (env.findLast((entry) => entry.startsWith('PATH='))?.slice(5) ?? '/usr/bin:/bin').split(':');

const isFile = (tree: Tree, path: string): boolean => tree.lstat(follow(tree, path))?.entry.type === 'file';

function isIn({ folder }: Tree, user: string | undefined): boolean {
  try {
    accountOf({}, { user }, folder);
    return true;
  } catch {
    return false;
  }
}
