/**
 * Lines of `--env-file` and `--label-file`, and the options that say the same.
 *
 *     NAME=value      so it is inside
 *     NAME            as it is here. Not set here: a file's is left out, and one of -e is said by its name alone, with
 *                     which the engine takes it away from what the image has. Labels: an empty one, in a file nothing
 *     # …             nothing
 */
import { readFileSync } from 'node:fs';
import { CommandFailure } from './failure.ts';

/** Those of the files first, then those of the command line, which win. */
export function environment(files: readonly string[], words: readonly string[]): string[] {
  const ofFiles = files.flatMap((file) => linesOf(file)).flatMap(fromOurs);
  return [...ofFiles, ...words.map((word) => fromOurs(word)[0] ?? word)];
}

export function labels(files: readonly string[], words: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    [...files.flatMap((file) => linesOf(file)).filter((line) => line.includes('=')), ...words].map((line) => {
      const equals = line.indexOf('=');
      return equals < 0 ? [line, ''] : [line.slice(0, equals), line.slice(equals + 1)];
    }),
  );
}

/** What `-e` cannot be. */
export function checkName(word: string): void {
  if (word === '' || word.startsWith('=')) throw new Error(`invalid environment variable: ${word}`);
}

function fromOurs(line: string): string[] {
  if (line.includes('=')) return [line];
  const value = process.env[line];
  return value === undefined ? [] : [`${line}=${value}`];
}

function linesOf(file: string): string[] {
  const lines = read(file).split(/\r?\n/);
  return lines.flatMap((text) => {
    const line = text.trimStart();
    if (line === '' || line.startsWith('#')) return [];
    const [name = ''] = line.split('=', 1);
    if (name.trim() === '')
      throw new CommandFailure(`invalid env file (${file}): no variable name on line '${line}'`, 125);
    if (/\s/.test(name))
      throw new CommandFailure(`invalid env file (${file}): variable '${name}' contains whitespaces`, 125);
    return [line];
  });
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new CommandFailure(`open ${file}: ${code === 'ENOENT' ? 'no such file or directory' : code}`, 125, error);
  }
}
