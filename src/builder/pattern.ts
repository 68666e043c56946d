/**
 * Patterns of COPY and ADD: those of Go's filepath.Match, each for one name between slashes; `**` goes over them.
 *
 *     *   anything but /       ?   one character but /       [a-c]  [^a-c]       \x   x itself
 */
import { DrydockError } from '../errors.ts';

export const hasPattern = (text: string): boolean => /[*?[\\]/.test(text);

/** Throws INSTRUCTION_FAILED for brackets that do not end. */
export function matcher(pattern: string): (path: string) => boolean {
  const expression = new RegExp(`^${translated(pattern)}$`, 's');
  return (path) => expression.test(path);
}

function translated(pattern: string): string {
  let text = '';
  for (let at = 0; at < pattern.length;) {
    const [piece, next] = pieceAt(pattern, at);
    text += piece;
    at = next;
  }
  return text;
}

function pieceAt(pattern: string, at: number): [text: string, next: number] {
  const character = pattern[at]!;
  if (pattern.startsWith('**/', at)) return ['(?:.*/)?', at + 3];
  if (pattern.startsWith('**', at)) return ['.*', at + 2];
  if (character === '*') return ['[^/]*', at + 1];
  if (character === '?') return ['[^/]', at + 1];
  if (character === '\\' && at + 1 < pattern.length) return [quoted(pattern[at + 1]!), at + 2];
  if (character !== '[') return [quoted(character), at + 1];
  const set = /^\[(\^?)((?:\\.|[^\]\\])+)\]/s.exec(pattern.slice(at));
  if (set) return [`(?!/)[${set[1]}${set[2]!.replace(/[[^]/g, '\\$&')}]`, at + set[0].length];
  throw new DrydockError('INSTRUCTION_FAILED', `${pattern.slice(1)}: a bracket does not end`, {
    hint: 'write \\[ for the character itself',
  });
}

const quoted = (character: string): string => character.replace(/[\\^$.*+?()[\]{}|/]/, '\\$&');
