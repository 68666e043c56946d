/**
 * The words of a template (text/template/parse of Go): text as it is, and between `{{` and `}}` names, constants and signs.
 *
 * `{{- ` and ` -}}` take away the white space beside them, and comments say nothing. What is wrong is a token too: it is told
 * when the reader comes there, for something before it may be wrong as well.
 */
import { isPrinted } from './quote.ts';

export type TokenKind =
  | ('text' | 'left' | 'right' | 'space' | 'end of file' | 'error')
  | ('(' | ')' | '|' | ':=' | '=' | 'char')
  | ('field' | 'variable' | 'name' | 'keyword')
  | ('bool' | 'number' | 'character' | 'string' | 'raw string');

export interface Token {
  readonly kind: TokenKind;
  /** As it is written; of an error, its sentence. */
  readonly text: string;
  readonly pos: number;
}

const keywords = new Set('. block break continue define else end if nil range template with'.split(' '));

/** White space of Go's templates; other signs of that kind are text, and have no place in an action. */
const spacesBehind = /[ \t\r\n]+$/;
const spaces = /[ \t\r\n]*/y;
const separator = /[ \t\r\n](?:[ \t\r\n](?!-\}\}))*/y;
const closing = /\}\}|[ \t\r\n]-\}\}/y;
/** What a name, a field or a variable may be followed by. */
const afterName = /[ \t\r\n.,|:()]|\}\}|$/y;
const constants: readonly [TokenKind, RegExp, unclosed: string][] = [
  ['string', /"(?:\\[^\n]|[^"\\\n])*"/y, 'unterminated quoted string'],
  ['raw string', /`[^`]*`/y, 'unterminated raw quoted string'],
  ['character', /'(?:\\[^\n]|[^'\\\n])*'/y, 'unterminated character constant'],
];
const number =
  /[+-]?(?:0[xX][0-9a-fA-F_]*|0[oO][0-7_]*|0[bB][01_]*|[0-9_]*)(?:\.[0-9a-fA-F_]*)?(?:[eE][+-]?[0-9_]*)?(?:[pP][+-]?[0-9_]*)?/y;
const name = /[\p{L}\p{Nd}_]+/uy;

/** All of them; the last one is the end, or an error. */
export function tokensOf(template: string): Token[] {
  const lexer = new Lexer(template);
  lexer.run();
  return lexer.tokens;
}

/** Thrown where nothing more can be read, with the token that says so. */
class Halt extends Error {
  constructor(readonly token: Token) {
    super(token.text);
  }
}

class Lexer {
  readonly tokens: Token[] = [];
  private pos = 0;
  private parens = 0;

  constructor(private readonly input: string) {}

  run(): void {
    try {
      for (let read = this.text(); read !== 'end'; read = this.text()) if (read === 'action') while (this.action());
      this.add('end of file', '');
    } catch (error) {
      if (!(error instanceof Halt)) throw error;
      this.tokens.push(error.token);
    }
  }

  /** Up to an action and into it, over a comment, or to the end. */
  private text(): 'action' | 'comment' | 'end' {
    const found = this.input.indexOf('{{', this.pos);
    const isTrimmed = found >= 0 && /^-[ \t\r\n]/.test(this.input.slice(found + 2, found + 4));
    const whole = this.input.slice(this.pos, found < 0 ? undefined : found);
    const text = isTrimmed ? whole.replace(spacesBehind, '') : whole;
    if (text) this.tokens.push({ kind: 'text', text, pos: this.pos });
    if (found < 0) {
      this.pos = this.input.length;
      return 'end';
    }
    this.pos = found;
    const opening = isTrimmed ? 4 : 2;
    if (this.input.startsWith('/*', found + opening)) return this.comment(found + opening);
    this.add('left', this.input.slice(found, found + opening));
    this.parens = 0;
    return 'action';
  }

  private comment(from: number): 'comment' {
    const end = this.input.indexOf('*/', from);
    if (end < 0) throw this.wrong('unclosed comment', from);
    this.pos = end + 2;
    if (!this.closing()) throw this.wrong('comment ends before closing delimiter', from);
    this.pass();
    return 'comment';
  }

  /** `}}`, or ` -}}`, if it is here. */
  private closing(): string | undefined {
    return this.match(closing);
  }

  /** Goes over the closing sign, and over the white space behind it that it takes. */
  private pass(): void {
    const sign = this.closing()!;
    this.pos += sign.length;
    if (sign !== '}}') this.pos += this.match(spaces)!.length;
  }

  /** One word of an action. False when it was the last. */
  private action(): boolean {
    if (this.closing() !== undefined) {
      if (this.parens > 0) throw this.wrong('unclosed left paren');
      this.tokens.push({ kind: 'right', text: '}}', pos: this.pos });
      this.pass();
      return false;
    }
    if (this.pos >= this.input.length) throw this.wrong('unclosed action');
    this.word();
    return true;
  }

  private word(): void {
    const space = this.match(separator);
    if (space !== undefined) return this.add('space', space);
    const sign = this.input[this.pos]!;
    for (const [kind, form, unclosed] of constants) {
      if (sign !== this.input[this.pos] || !form.source.startsWith(sign)) continue;
      const constant = this.match(form);
      if (constant === undefined) throw this.wrong(unclosed);
      return this.add(kind, constant);
    }
    if (sign === '$' || this.match(/\.(?![0-9])/y)) return this.dotted(sign);
    if (/[-+.0-9]/.test(sign)) return this.number();
    const found = this.match(name);
    if (found !== undefined) return this.name(found);
    this.sign(sign);
  }

  /** `$x` or `.Field`, or the sign alone. */
  private dotted(sign: string): void {
    const text = sign + (this.match(name, this.pos + 1) ?? '');
    this.mustEnd(text);
    this.add(sign === '$' ? 'variable' : text === '.' ? 'keyword' : 'field', text);
  }

  private name(text: string): void {
    this.mustEnd(text);
    const isBool = text === 'true' || text === 'false';
    this.add(keywords.has(text) ? 'keyword' : isBool ? 'bool' : 'name', text);
  }

  private mustEnd(text: string): void {
    if (this.match(afterName, this.pos + text.length) === undefined)
      throw this.wrong(`bad character ${codeOf(this.input, this.pos + text.length)}`);
  }

  private number(): void {
    const text = this.match(number)!;
    const more = this.match(/[-+][\p{Nd}_.]*|[\p{L}\p{Nd}_]/uy, this.pos + text.length);
    if (more !== undefined) throw this.wrong(`bad number syntax: ${JSON.stringify(text + more)}`);
    this.add('number', text);
  }

  private sign(sign: string): void {
    if (sign === ':') {
      if (this.input[this.pos + 1] !== '=') throw this.wrong('expected :=');
      return this.add(':=', ':=');
    }
    if (sign === '(') this.parens++;
    if (sign === ')' && --this.parens < 0) throw this.wrong('unexpected right paren');
    if (sign === '(' || sign === ')' || sign === '|' || sign === '=') return this.add(sign, sign);
    if (!/[!-~]/.test(sign)) throw this.wrong(`unrecognized character in action: ${codeOf(this.input, this.pos)}`);
    this.add('char', sign);
  }

  private match(form: RegExp, at = this.pos): string | undefined {
    form.lastIndex = at;
    return form.exec(this.input)?.[0];
  }

  private add(kind: TokenKind, text: string): void {
    this.tokens.push({ kind, text, pos: this.pos });
    this.pos += text.length;
  }

  private wrong(text: string, pos = this.pos): Halt {
    return new Halt({ kind: 'error', text, pos });
  }
}

/** `U+002D '-'`; what cannot be seen has its number alone. */
function codeOf(text: string, at: number): string {
  const code = text.codePointAt(at)!;
  const sign = String.fromCodePoint(code);
  return `U+${code.toString(16).toUpperCase().padStart(4, '0')}${isPrinted(sign) ? ` '${sign}'` : ''}`;
}
