/** `--iidfile`: the file that gets the id of an image. Whether it can be written is said before anything is built. */
import { accessSync, constants, lstatSync, statSync, unlinkSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { CommandFailure } from './failure.ts';

const { W_OK, X_OK } = constants;

/**
 * Takes away what an earlier build has written there, as Docker's client does: one that fails leaves no id. What is no file of
 * its own (a pipe, /dev/stdout) stays. Throws when no id could be written there in the end.
 */
export function readyIdFile(path: string): void {
  const folder = dirname(resolve(path));
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory())
    throw unwritable(path, `there is no folder ${folder}`);
  const there = statSync(path, { throwIfNoEntry: false });
  if (there?.isDirectory()) throw unwritable(path, 'it is a folder');
  try {
    if (there && !lstatSync(path).isFile()) return accessSync(path, W_OK);
    accessSync(folder, W_OK | X_OK);
    if (there) unlinkSync(path);
  } catch (cause) {
    throw unwritable(path, (cause as Error).message, cause);
  }
}

export function writeIdFile(path: string, id: string): void {
  try {
    writeFileSync(path, id);
  } catch (cause) {
    throw unwritable(path, `${(cause as Error).message}; the image is ${id}`, cause);
  }
}

const unwritable = (path: string, why: string, cause?: unknown): CommandFailure =>
  new CommandFailure(`--iidfile ${path}: no id can be written there: ${why}`, 1, cause);
