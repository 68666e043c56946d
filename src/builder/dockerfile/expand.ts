/**
 * What becomes of a word: its variables are put in, its quotes and escapes are taken off.
 *
 *     $name ${name}            nothing, when it is not set
 *     ${name:-word}            word, when it is not set or empty; without the colon: only when it is not set
 *     ${name:+word}            word, when it is set and not empty, else nothing
 *     ${name:?word}            an error that says word, when it is not set or empty
 *     ${name#pattern} ## % %%  without what matches at its begin or end, the shortest or the longest
 *     ${name/pattern/word} //  with word in place of the first match, or of all
 *
 * A shell's grammar, but no shell: nothing is run, and what a variable holds is not read again. A variable may be made of
 * two of another one, and that of two again, so what comes out is bounded; so is how deep words lie in words.
 */
import { DrydockError } from '../../errors.ts';
import type { Escape } from './dockerfile.ts';
import { substituted } from './substitute.ts';
import { isBlank } from './words.ts';
import { shown } from './wrong.ts';

/** Where words find what their variables hold; undefined is not set, which is not the same as empty. */
export interface Variables {
  get(name: string): string | undefined;
}

/** No kernel passes on a longer string (MAX_ARG_STRLEN is 128 KiB), and labels are read by people. */
const LONGEST = 1 << 20;
const DEEPEST = 100;

/** One word: variables, quotes and escapes done. Throws DOCKERFILE_INVALID. */
export function expand(word: string, variables: Variables, escape: Escape = '\\'): string {
  return new Expansion(word, variables, escape).upTo(undefined).text;
}

/** The words that one may become: what a variable holds is split at its blanks, as EXPOSE needs. */
export function expandWords(word: string, variables: Variables, escape: Escape = '\\'): string[] {
  return new Expansion(word, variables, escape).upTo(undefined).words();
}

/** The body of a heredoc: quotes stand for themselves. */
export function expandBody(body: string, variables: Variables, escape: Escape = '\\'): string {
  return new Expansion(body, variables, escape, false).upTo(undefined).text;
}

/** What comes out, also cut into words. */
class Output {
  text = '';
  readonly #words: string[] = [];
  #word: string | undefined;

  /** Text that belongs to the word, whatever is in it: it was quoted or escaped. */
  add(text: string): void {
    this.text += text;
    this.#word = (this.#word ?? '') + text;
    if (this.text.length > LONGEST)
      throw failed(`it becomes longer than ${LONGEST} characters`, 'use shorter variables');
  }

  /** Text in which blanks part words. */
  addSplit(text: string): void {
    for (const piece of text.split(/(\s+)/)) {
      if (piece !== '' && isBlank(piece)) this.#blank(piece);
      else if (piece !== '') this.add(piece);
    }
  }

  #blank(text: string): void {
    this.text += text;
    if (this.#word) this.#words.push(this.#word);
    this.#word = undefined;
  }

  words(): string[] {
    return this.#word ? [...this.#words, this.#word] : this.#words;
  }
}

class Expansion {
  #at = 0;
  #depth = 0;

  constructor(
    readonly source: string,
    readonly variables: Variables,
    readonly escape: Escape,
    readonly hasQuotes = true,
  ) {}

  /** Up to the end, or to the character that closes; `isPattern` keeps escapes, which a pattern reads itself. */
  upTo(close: string | undefined, isPattern = false): Output {
    const output = new Output();
    if (++this.#depth > DEEPEST) throw failed(`words lie in words more than ${DEEPEST} deep`, 'use a variable between');
    for (; this.#at < this.source.length;) {
      const character = this.source[this.#at]!;
      if (character === close) break;
      if (character === '$') output.addSplit(this.#variable());
      else if (this.hasQuotes && character === "'") output.add(this.#single());
      else if (this.hasQuotes && character === '"') output.add(this.#double(isPattern));
      else if (character === this.escape) {
        const escaped = this.source[this.#at + 1] ?? '';
        output.add(isPattern ? `\\${escaped}` : escaped);
        this.#at += 2;
      } else {
        output.addSplit(character);
        this.#at++;
      }
    }
    this.#depth--;
    if (close !== undefined && this.source[this.#at] !== close) throw this.#missing(close);
    this.#at++;
    return output;
  }

  /** Nothing is special between single quotes. */
  #single(): string {
    const end = this.source.indexOf("'", this.#at + 1);
    if (end < 0) throw this.#missing("'");
    const text = this.source.slice(this.#at + 1, end);
    this.#at = end + 1;
    return text;
  }

  /** Between double quotes variables are, and the escape only before itself, a quote or a dollar sign. */
  #double(isPattern: boolean): string {
    let text = '';
    for (this.#at++; this.source[this.#at] !== '"';) {
      const character = this.source[this.#at];
      const next = this.source[this.#at + 1];
      if (character === undefined) throw this.#missing('"');
      if (character === '$') text += this.#variable();
      else if (character === this.escape && (next === '"' || next === '$' || next === this.escape)) {
        text += isPattern ? `\\${next}` : next;
        this.#at += 2;
      } else {
        // An escape at the very end has nothing to stand before.
        if (character !== this.escape || next !== undefined) text += character;
        this.#at++;
      }
    }
    this.#at++;
    return text;
  }

  #variable(): string {
    if (this.source[this.#at + 1] !== '{') {
      this.#at++;
      const name = this.#name();
      return name === '' ? '$' : (this.variables.get(name) ?? '');
    }
    const begin = this.#at;
    this.#at += 2;
    const name = this.#name();
    const value = this.variables.get(name);
    const operator = /^(}|:?[-+?]|##?|%%?|\/\/?)/.exec(this.source.slice(this.#at, this.#at + 2))?.[0];
    if (this.#at >= this.source.length) throw this.#missing('}');
    if (name === '' || operator === undefined) {
      const text = this.source.slice(begin, this.#at + 1);
      const hint = '${name}, or with :- :+ :? - + ? # % / and a word behind the name';
      throw failed(`bad substitution ${shown(text)}`, hint);
    }
    this.#at += operator.length;
    if (operator === '}') return value ?? '';
    if (/[-+?]/.test(operator)) return chosen(name, operator, value, () => this.upTo('}').text);
    const isReplacing = operator.startsWith('/');
    const pattern = this.upTo(isReplacing ? '/' : '}', true).text;
    return substituted(value ?? '', operator, pattern, isReplacing ? this.upTo('}').text : '');
  }

  /** Letters, digits and _; a number; or one of the shell's own. */
  #name(): string {
    const end = /^(\d+|[\p{L}_][\p{L}\p{Nd}_]*|[@*#?\-$!])?/u.exec(
      this.source.slice(this.#at, this.#at + LONGEST_NAME),
    );
    this.#at += end![0].length;
    return end![0];
  }

  #missing(close: string): DrydockError {
    return failed(`the closing ${close} is missing`, `in ${shown(this.source)}`);
  }
}

const LONGEST_NAME = 4096;

/** What `-`, `+` and `?` choose. The word is read in any case, so that what follows it is found. */
function chosen(name: string, operator: string, value: string | undefined, read: () => string): string {
  const word = read();
  const isMissing = value === undefined || (operator.startsWith(':') && value === '');
  if (operator.endsWith('+')) return isMissing ? '' : word;
  if (!isMissing) return value;
  if (operator.endsWith('-')) return word;
  const state = value === undefined ? 'unset' : 'empty';
  throw failed(
    `${name}: ${word || `is not allowed to be ${state}`}`,
    `give it with ARG or ENV, or --build-arg ${name}=…`,
  );
}

function failed(message: string, hint: string): DrydockError {
  return new DrydockError('DOCKERFILE_INVALID', message, { hint });
}
