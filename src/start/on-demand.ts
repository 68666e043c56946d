/**
 * Starts an engine for a command that has found none.
 *
 *     command                                     engine
 *       nobody answers at the socket
 *       spawn: session of its own, no streams ──▶   takes the lock, opens everything, listens
 *                                     ◀── one line on descriptor 3: ready, or why not
 *       goes on, and connects                       goes when nobody has needed it for a minute
 *
 * Of two commands that start one at once the first engine gets the lock. The second waits until the first one answers, says
 * `ready` all the same, and ends (src/daemon/twin.ts): each command finds an engine, and both find the same.
 */
import { spawn, spawnSync } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { DrydockError } from '../errors.ts';
import { makeFolders } from '../linux/make-folders.ts';
import { projectHome } from '../linux/native.ts';
import { ENGINE_FOLDER, LOG } from './places.ts';
import type { Word } from './word.ts';

export interface StartOptions {
  /** DRYDOCK_RUN. Everything else the engine finds in the environment, as the command has it. */
  readonly run: string;
}

/** Resolves when an engine answers at the socket in `run`. Throws ENGINE with the engine's own reason, or NEEDS_ROOT. */
export async function startEngine({ run }: StartOptions): Promise<void> {
  if (process.getuid?.() !== 0)
    throw new DrydockError('NEEDS_ROOT', `no engine answers in ${run}, and only root can start one`, {
      hint: 'give the command to sudo, or start the engine first: sudo drydock daemon',
    });
  buildWhatIsOlder();
  const folder = join(run, ENGINE_FOLDER);
  makeFolders(folder, 0o700);
  const log = join(folder, LOG);
  const fd = openSync(log, 'a', 0o600);
  const words = [...engineProgram(), '--detached'];
  const environment = { ...process.env, DRYDOCK_RUN: run };
  const child = spawn(process.execPath, words, {
    ...{ cwd: '/', env: environment, detached: true },
    stdio: ['ignore', fd, fd, 'pipe'],
  });
  closeSync(fd);
  child.unref();
  const word = await wordFrom(child.stdio[3] as Readable);
  if (word?.ready) return;
  throw new DrydockError('ENGINE', word?.message ?? `the engine ended before it answered: ${lastLine(log)}`, {
    hint: word?.hint ?? `its log is ${log}; drydock daemon shows it in a terminal`,
  });
}

/** A command's own start has looked at the sources of the client alone, and the engine has more of them. */
function buildWhatIsOlder(): void {
  const launcher = join(projectHome(), 'drydock');
  const { status, error } = spawnSync(launcher, ['--setup'], { stdio: ['inherit', 2, 2] });
  if (error) throw error;
  if (status !== 0)
    throw new DrydockError('ENGINE', 'the engine is not built, and its set-up has failed: it says why above');
}

/** What Node is given to start an engine; scripts/bundle.mjs says why its heap is another one. */
export function engineProgram(): string[] {
  const built = join(projectHome(), 'dist');
  const flags = readFileSync(join(built, 'daemon.flags'), 'utf8').trim().split(' ');
  return [...flags, join(built, 'drydock.cjs'), 'daemon'];
}

/** Undefined when it has ended without one. */
async function wordFrom(stream: Readable): Promise<Word | undefined> {
  let text = '';
  for await (const chunk of stream) text += String(chunk);
  return text === '' ? undefined : (JSON.parse(text) as Word);
}

const lastLine = (log: string): string => readFileSync(log, 'utf8').trimEnd().split('\n').at(-1)!;
