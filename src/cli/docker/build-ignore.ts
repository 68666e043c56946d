/**
 * What of a folder is not sent to a build: `NAME.dockerignore` beside the Dockerfile, or `.dockerignore`.
 *
 * A folder that somebody has cloned or unpacked has files of strangers in it, and a link there may lead to a device without
 * an end, a pipe without a writer, or a file of this machine. So only a regular file is read, no further than it is long,
 * and nothing that lies outside of `top`, where one is given.
 */
import { closeSync, constants, existsSync, fstatSync, openSync, readSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { parseIgnore } from '../../builder/dockerfile/index.ts';
import { CommandFailure } from './failure.ts';

/** Each path is held against every line. */
const LONGEST = 1 << 20;

export interface Left {
  /** Where it is written, in the folder. */
  readonly name: string;
  /** Missing where there is no such file. */
  readonly text?: string;
  readonly isLeftOut: (path: string) => boolean;
}

/** Throws for what cannot be read, and DOCKERFILE_INVALID for what cannot be understood. */
export function ignoredIn(folder: string, dockerfile: string, top?: string): Left {
  for (const name of [`${dockerfile}.dockerignore`, '.dockerignore']) {
    const text = textOf(folder, name, top);
    if (text !== undefined) return { name, text, isLeftOut: parseIgnore(text) };
  }
  return { name: '.dockerignore', isLeftOut: () => false };
}

function textOf(folder: string, name: string, top: string | undefined): string | undefined {
  const path = join(folder, name);
  const wrong = (why: string): CommandFailure => new CommandFailure(`unable to prepare context: ${name} ${why}`);
  if (!existsSync(path)) return undefined;
  if (top !== undefined && !realpathSync(path).startsWith(`${realpathSync(top)}/`))
    throw wrong('is a link that leads out of the repository');
  // A pipe that nobody writes into would be waited for.
  const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const facts = fstatSync(file);
    if (!facts.isFile()) throw wrong('is no regular file');
    if (facts.size > LONGEST) throw wrong(`has ${facts.size} bytes: at most ${LONGEST}`);
    const bytes = Buffer.alloc(facts.size);
    return bytes.subarray(0, readSync(file, bytes, 0, bytes.length, 0)).toString();
  } finally {
    closeSync(file);
  }
}
