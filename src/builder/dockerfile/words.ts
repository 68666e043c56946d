/**
 * How a line falls into words, in the three ways that a Dockerfile knows.
 *
 *     blanks     RUN's neighbours of old: whatever lies between blanks             EXPOSE 80 443
 *     quoted     a word goes on through quotes and escapes, which stay in it       ENV a="b c" d=e\ f
 *     list       JSON, and nothing but strings in it                               COPY ["a b", "/c"]
 *
 * Words keep the offset at which they begin, for messages. Quotes are not taken off here: whether they stand for
 * themselves is known to `expand`.
 */
import type { Escape } from './dockerfile.ts';

/** A part of a line, and the offset at which it begins. */
export interface Word {
  readonly text: string;
  readonly at: number;
}

export const isBlank = (character: string): boolean => /\s/.test(character);

/** The part without the blanks around it. */
export function trimmed({ text, at }: Word): Word {
  const begin = text.trimStart();
  return { text: begin.trimEnd(), at: at + text.length - begin.length };
}

/** The first word between blanks, and what follows it. */
export function headOf(word: Word): { head: Word; rest: Word } {
  const { text, at } = trimmed(word);
  const end = text.search(/\s/);
  if (end < 0) return { head: { text, at }, rest: { text: '', at: at + text.length } };
  return { head: { text: text.slice(0, end), at }, rest: trimmed({ text: text.slice(end), at: at + end }) };
}

export function betweenBlanks({ text, at }: Word): Word[] {
  return [...text.matchAll(/\S+/g)].map((match) => ({ text: match[0], at: at + match.index }));
}

/** A character behind an escape neither ends a word nor begins a quote; between single quotes nothing is escaped. */
export function quotedWords({ text, at }: Word, escape: Escape): Word[] {
  const words: Word[] = [];
  let begin = -1;
  let quote = '';
  for (let index = 0; index <= text.length; index++) {
    const character = text[index];
    const isEnd = character === undefined || (quote === '' && isBlank(character));
    if (isEnd && begin >= 0) {
      words.push({ text: text.slice(begin, index), at: at + begin });
      begin = -1;
    }
    if (isEnd) continue;
    if (begin < 0) begin = index;
    if (character === escape && quote !== "'" && index + 1 < text.length) index++;
    else if (character === quote) quote = '';
    else if (quote === '' && (character === '"' || character === "'")) quote = character;
  }
  return words;
}

/** What JSON says, when it is a list; undefined when the text is something else, `[ -f a ]` for example. */
export function listOf(text: string): unknown[] | undefined {
  if (!text.trimStart().startsWith('[')) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value : undefined;
  } catch {
    return undefined; // Docker takes for text whatever is no JSON, and a shell's test begins with a bracket as well
  }
}
