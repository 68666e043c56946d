/**
 * Globs of paths, as `.dockerignore`, `--exclude` and the sources of COPY and ADD have them.
 *
 *     *        any number of characters, but no `/`
 *     **       any number of folders, also none; at the end, everything below
 *     ?        one character, but no `/`
 *     [a-c]    one of these; [^a-c] one that is none of them
 *     \*       the character itself
 *
 * The grammar is that of Go's filepath.Match, with `**` on top (github.com/moby/patternmatcher).
 */
import { DrydockError } from '../../errors.ts';
import { anything, ends, literally, perhaps, type Part } from './pattern.ts';
import { shown } from './wrong.ts';

/** What Linux takes as a path (PATH_MAX). */
const LONGEST = 4096;

const notSlash: Part['takes'] = (character) => character !== '/';

export const hasPattern = (text: string): boolean => /[*?[\\]/.test(text);

/** Whether a path, without `/` at its begin, or a folder that it lies in is what the pattern says. */
export function glob(pattern: string): (path: string) => boolean {
  const parts = compiled(pattern);
  return (path) => ends(parts, path).some((end) => end === path.length || path[end] === '/');
}

/** Whether a path is what the pattern says, as a whole. */
export function wholeGlob(pattern: string): (path: string) => boolean {
  const parts = compiled(pattern);
  return (path) => ends(parts, path).at(-1) === path.length;
}

/** Throws DOCKERFILE_INVALID. */
function compiled(pattern: string): Part[] {
  if (pattern.length > LONGEST)
    throw bad(pattern, `it has ${pattern.length} characters`, `a path has at most ${LONGEST}`);
  const parts: Part[] = [];
  for (let index = 0; index < pattern.length; index++) {
    const character = pattern[index]!;
    if (character === '*' && pattern[index + 1] === '*') {
      index += pattern[index + 2] === '/' ? 2 : 1;
      const folders = perhaps({ takes: anything, repeats: true }, literally('/'));
      parts.push(...(index + 1 === pattern.length ? [{ takes: anything, repeats: true }] : folders));
    } else if (character === '*') parts.push({ takes: notSlash, repeats: true });
    else if (character === '?') parts.push({ takes: notSlash });
    else if (character === '[') {
      const end = endOfClass(pattern, index);
      parts.push({ takes: oneOf(pattern, pattern.slice(index + 1, end)) });
      index = end;
    } else if (character === '\\') {
      index++;
      if (index === pattern.length) throw bad(pattern, 'it ends with a backslash', 'write \\\\ for one that is meant');
      parts.push(literally(pattern[index]!));
    } else parts.push(literally(character));
  }
  return parts;
}

/** Where the bracket that opens at `begin` is closed. */
function endOfClass(pattern: string, begin: number): number {
  let index = begin + 1;
  for (; index < pattern.length && pattern[index] !== ']'; index++) if (pattern[index] === '\\') index++;
  if (index >= pattern.length)
    throw bad(pattern, 'a [ is not closed by another bracket', 'write \\[ for one that is meant');
  if (/^\^?$/.test(pattern.slice(begin + 1, index)))
    throw bad(pattern, 'between [ and ] is nothing', 'name the characters that it stands for');
  return index;
}

function oneOf(pattern: string, inside: string): Part['takes'] {
  const isNegated = inside.startsWith('^');
  const ranges: [from: string, to: string][] = [];
  const characters = [...inside.slice(isNegated ? 1 : 0).matchAll(/\\?([^])/g)].map((match) => match[1]!);
  for (let index = 0; index < characters.length; index++) {
    const from = characters[index]!;
    if (characters[index + 1] !== '-') {
      ranges.push([from, from]);
      continue;
    }
    const to = characters[index + 2];
    if (to === undefined || to < from)
      throw bad(pattern, `[${inside}] has no such range`, 'a range is written [a-c], and - itself as \\-');
    ranges.push([from, to]);
    index += 2;
  }
  const isIn = (character: string): boolean => ranges.some(([from, to]) => character >= from && character <= to);
  return (character) => isIn(character) !== isNegated;
}

function bad(pattern: string, message: string, hint: string): DrydockError {
  return new DrydockError('DOCKERFILE_INVALID', `the pattern ${shown(pattern)} cannot be read: ${message}`, { hint });
}
