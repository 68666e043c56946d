/**
 * `${name#pattern}` and its kind: what a pattern takes away from a value, or puts into it.
 *
 * The patterns are the shell's, without brackets: `*`, `?`, and a backslash before what shall stand for itself.
 */
import { DrydockError } from '../../errors.ts';
import { anything, ends, literally, type Part } from './pattern.ts';

/** Parts of a pattern times characters of a value: what one substitution may cost. */
const MOST = 1 << 24;

/** The value without what matches (`#`, `##`, `%`, `%%`), or with a word in its place (`/`, `//`). */
export function substituted(value: string, operator: string, pattern: string, word: string): string {
  const parts = compiled(pattern);
  if (parts.length * value.length > MOST)
    throw new DrydockError('DOCKERFILE_INVALID', `a pattern of ${parts.length} parts for ${value.length} characters`, {
      hint: 'a RUN with sed does what is larger',
    });
  const isLongest = operator.length === 2;
  if (operator.startsWith('/')) return replaced(value, parts, word, isLongest);
  if (operator.startsWith('#')) return value.slice(ends(parts, value).at(isLongest ? -1 : 0) ?? 0);
  // From behind, a pattern that is turned round is one at the begin.
  const length = ends(parts.toReversed(), reversed(value)).at(isLongest ? -1 : 0) ?? 0;
  return value.slice(0, value.length - length);
}

function compiled(pattern: string): Part[] {
  return [...pattern.matchAll(/\\?[^]/g)].map(([part]) => {
    if (part === '*') return { takes: anything, repeats: true };
    if (part === '?') return { takes: anything };
    return literally(part.at(-1)!);
  });
}

const reversed = (text: string): string => text.split('').reverse().join('');

function replaced(value: string, parts: readonly Part[], word: string, isEvery: boolean): string {
  const star = parts.findIndex((part) => part.repeats);
  const prefix = star < 0 ? parts : parts.slice(0, star);
  let text = '';
  let index = 0;
  while (index < value.length) {
    const begins = ends(prefix, value, index).length > 0;
    const end = begins ? ends(parts, value, index).at(-1) : undefined;
    // A star takes everything: where the pattern got as far as its first one and found no end, nobody behind will.
    if (begins && end === undefined && star >= 0) break;
    if (end === undefined || end === index) {
      text += value[index++];
      continue;
    }
    text += word;
    index = end;
    if (!isEvery) break;
  }
  return text + value.slice(index);
}
