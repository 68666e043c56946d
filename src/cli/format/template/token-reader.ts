/** Goes through the tokens of a template, and complains with the line of the furthest that it has looked at. */
import { lineAt, TemplateError } from './errors.ts';
import { tokensOf, type Token, type TokenKind } from './lexer.ts';
import { quoted } from './quote.ts';

export class TokenReader {
  private readonly tokens: readonly Token[];
  private at = 0;
  private furthest = 0;
  /** Where the action begins that is being read. */
  private action: Token | undefined;

  constructor(
    readonly whole: string,
    readonly name: string,
  ) {
    this.tokens = tokensOf(whole);
  }

  /** The next one, which stays. */
  peek(): Token {
    this.furthest = Math.max(this.furthest, this.at);
    return this.tokens[this.at]!;
  }

  next(): Token {
    const token = this.peek();
    if (this.at < this.tokens.length - 1) this.at++;
    return token;
  }

  skipSpace(): Token {
    while (this.peek().kind === 'space') this.at++;
    return this.peek();
  }

  nextWord(): Token {
    this.skipSpace();
    return this.next();
  }

  /** Whether the next word is this one, which is passed then. */
  passes(kind: TokenKind, text?: string): boolean {
    const token = this.skipSpace();
    if (token.kind !== kind || (text !== undefined && token.text !== text)) return false;
    this.next();
    return true;
  }

  expect(context: string, ...kinds: readonly TokenKind[]): Token {
    const token = this.nextWord();
    if (!kinds.includes(token.kind)) throw this.unexpected(token, context);
    return token;
  }

  /** Where it is, for `backTo`. */
  place(): number {
    return this.at;
  }

  backTo(place: number): void {
    this.at = place;
  }

  /** Reads an action that begins with this token. */
  within<T>(action: Token, read: () => T): T {
    this.action = action;
    const result = read();
    this.action = undefined;
    return result;
  }

  unexpected(token: Token, context: string): TemplateError {
    if (token.kind === 'error') return this.wrong(token.text + this.origin(token));
    return this.wrong(`unexpected ${shown(token)} in ${context}`);
  }

  /** An action that goes over several lines is told by its first. */
  private origin(token: Token): string {
    const line = this.action && lineAt(this.whole, this.action.pos);
    if (!line || line === lineAt(this.whole, token.pos)) return '';
    return `${token.text.endsWith(' action') ? '' : ' in action'} started at ${this.name}:${line}`;
  }

  wrong(why: string): TemplateError {
    const line = lineAt(this.whole, this.tokens[this.furthest]!.pos);
    return new TemplateError(`template: ${this.name}:${line}: ${why}`, this.whole);
  }
}

function shown({ kind, text }: Token): string {
  if (kind === 'end of file') return 'EOF';
  if (kind === 'keyword') return `<${text}>`;
  const signs = [...text];
  return signs.length > 10 ? `${quoted(signs.slice(0, 10).join(''))}...` : quoted(text);
}
