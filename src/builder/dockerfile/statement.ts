/**
 * One instruction as it was written, before anybody knows what it means: its name, its flags, the rest of its line, and
 * the heredocs that it announced. The readers in instructions.ts make an `Instruction` of it.
 */
import { didYouMean, nearest } from '../../nearest.ts';
import type { DrydockError } from '../../errors.ts';
import type { Escape } from './dockerfile.ts';
import { expand, expandBody, type Variables } from './expand.ts';
import type { ReadHeredoc } from './heredocs.ts';
import type { Line } from './lines.ts';
import { betweenBlanks, headOf, isBlank, listOf, quotedWords, trimmed, type Word } from './words.ts';
import { shown, wrong, type Place } from './wrong.ts';

/** Which flags an instruction takes: with a value, with several, or with none (`--link`, `--link=false`). */
export type FlagTable = Readonly<Record<string, 'value' | 'values' | 'switch'>>;

/** A flag's value, and where the flag begins. */
export type Flags = ReadonlyMap<string, readonly Word[]>;

interface Parts {
  readonly line: Line;
  readonly escape: Escape;
  /** As it was written: Docker takes `run` for RUN. */
  readonly name: Word;
  readonly flags: readonly Word[];
  /** What follows the flags, without the blanks around it. */
  readonly rest: Word;
  readonly heredocs: readonly ReadHeredoc[];
}

/** The statement that a part of a line is: all of it, or what follows ONBUILD. */
export function statementOf(line: Line, escape: Escape, part: Word = { text: line.text, at: 0 }): Statement {
  const { head, rest } = headOf(part);
  return new Statement({ line, escape, name: head, ...withoutFlags(rest), heredocs: [] });
}

export class Statement {
  readonly line: Line;
  readonly escape: Escape;
  readonly name: Word;
  readonly flags: readonly Word[];
  readonly rest: Word;
  readonly heredocs: readonly ReadHeredoc[];

  constructor(readonly parts: Parts) {
    ({
      line: this.line,
      escape: this.escape,
      name: this.name,
      flags: this.flags,
      rest: this.rest,
      heredocs: this.heredocs,
    } = parts);
  }

  /** The same with other parts. */
  with(parts: Partial<Parts>): Statement {
    return new Statement({ ...this.parts, ...parts });
  }

  get kind(): string {
    return this.name.text.toLowerCase();
  }

  /** In capitals, for messages. */
  get title(): string {
    return this.name.text.toUpperCase();
  }

  wrong(word: Word, message: string, hint: string): DrydockError {
    return wrong(this.line.place(word.at), message, hint);
  }

  /** What is listed: the strings of the JSON form, or the words between blanks. */
  words(): Word[] {
    return this.list()?.map((text) => ({ text, at: this.rest.at })) ?? betweenBlanks(this.rest);
  }

  /** The strings of the JSON form; undefined when this is no JSON. */
  list(): readonly string[] | undefined {
    const list = listOf(this.rest.text);
    const other = list?.find((value) => typeof value !== 'string');
    if (other !== undefined)
      throw this.wrong(
        this.rest,
        `${shown(JSON.stringify(other))} in a list is no string`,
        'put it into double quotes',
      );
    return list as string[] | undefined;
  }

  /** The words that quotes and escapes hold together. */
  quoted(): Word[] {
    return quotedWords(this.rest, this.escape);
  }

  /** The one argument, blanks and all. */
  whole(): Word {
    if (this.rest.text === '')
      throw this.wrong(this.name, `${this.title} needs exactly one argument`, 'it follows on the same line');
    return this.rest;
  }

  /** The same words, of which there must be one. */
  atLeastOne<T>(words: readonly T[]): readonly T[] {
    if (words.length === 0)
      throw this.wrong(this.name, `${this.title} needs at least one argument`, 'it follows on the same line');
    return words;
  }

  /** The text of a word whose variables will be expanded: what cannot be is told now, while its place is known. */
  expandable({ text, at }: Word): string {
    return this.#tried(text, () => this.line.place(at), expand);
  }

  /** The same for a heredoc. */
  expandableBody({ content, line }: ReadHeredoc): string {
    return this.#tried(content, () => ({ file: this.line.place(0).file, line, column: 1 }), expandBody);
  }

  #tried(
    text: string,
    place: () => Place,
    expand: (text: string, variables: Variables, escape: Escape) => string,
  ): string {
    try {
      expand(text, { get: () => 'x' }, this.escape);
    } catch (error) {
      throw wrong(place(), (error as DrydockError).message, (error as DrydockError).hint ?? '');
    }
    return text;
  }

  /** The flags by name, checked against those that the instruction has. */
  read(table: FlagTable): Flags {
    const found = new Map<string, Word[]>();
    for (const flag of this.flags) {
      const [name, value] = cut(flag.text.slice(2));
      const takes = Object.hasOwn(table, name) ? table[name]! : undefined;
      if (takes === undefined) throw this.#unknown(flag, name, Object.keys(table));
      if (found.has(name) && takes !== 'values')
        throw this.wrong(flag, `--${name} is given twice`, `${this.title} takes one`);
      if (takes !== 'switch' && value === undefined)
        throw this.wrong(flag, `--${name} has no value`, `it is written --${name}=…`);
      if (takes === 'switch' && !/^(true|false)$/i.test(value ?? 'true'))
        throw this.wrong(flag, `--${name} is ${shown(value!)}`, 'a switch is true or false');
      const words = found.get(name) ?? [];
      found.set(name, [...words, { text: value ?? 'true', at: flag.at }]);
    }
    return found;
  }

  #unknown(flag: Word, name: string, names: readonly string[]): DrydockError {
    const none = `${this.title} has no flags`;
    const near = nearest(name, names);
    const all = `${this.title} has ${names.map((known) => `--${known}`).join(', ')}`;
    const hint = near ? didYouMean(`--${name}`, [`--${near}`]) : names.length ? all : none;
    return this.wrong(flag, `unknown flag: --${name}`, hint);
  }
}

/** The value of a flag that may be given once. */
export const valueOf = (flags: Flags, name: string): string | undefined => flags.get(name)?.[0]?.text;

export const isOn = (flags: Flags, name: string): boolean => valueOf(flags, name)?.toLowerCase() === 'true';

/** `name=value`; only the first sign counts. */
export function cut(text: string): [name: string, value?: string] {
  const at = text.indexOf('=');
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}

/**
 * Flags are the words at the beginning that begin with `--`; one that is nothing else ends them. Quotes and backslashes are
 * taken off here, the backslash whatever `# escape=` says.
 */
function withoutFlags(rest: Word): { flags: Word[]; rest: Word } {
  const { text, at } = rest;
  const flags: Word[] = [];
  let index = 0;
  while (text.startsWith('--', index)) {
    const begin = index;
    let word = '';
    let quote = '';
    for (; index < text.length && (quote !== '' || !isBlank(text[index]!)); index++) {
      const character = text[index]!;
      if (character === '\\') word += text[++index] ?? '';
      else if (character === quote) quote = '';
      else if (quote === '' && (character === '"' || character === "'")) quote = character;
      else word += character;
    }
    while (index < text.length && isBlank(text[index]!)) index++;
    if (word === '--') break;
    flags.push({ text: word, at: at + begin });
  }
  return { flags, rest: trimmed({ text: text.slice(index), at: at + index }) };
}
