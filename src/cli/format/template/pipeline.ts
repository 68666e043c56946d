/** Reads what stands between `{{` and `}}`: values, fields, calls and pipes. */
import { readCharacter, readNumber } from './constants.ts';
import type { Token, TokenKind } from './lexer.ts';
import { hasFunction } from './functions.ts';
import type { Command, Operand, Pipeline, Place } from './nodes.ts';
import { unquoted } from './quote.ts';
import type { TokenReader } from './token-reader.ts';

/** Variables that may be named here. A block takes those away again that it has declared. */
export type Scope = string[];

/** One pipeline, up to `end`, which is passed. `context` is for errors. */
export function readPipeline(
  reader: TokenReader,
  scope: Scope,
  context: string,
  end: ')' | 'right' = 'right',
): Pipeline {
  return new PipelineReader(reader, scope).pipeline(context, end);
}

class PipelineReader {
  constructor(
    private readonly reader: TokenReader,
    private readonly scope: Scope,
  ) {}

  pipeline(context: string, end: TokenKind): Pipeline {
    const { pos } = this.reader.skipSpace();
    const { variables, sign } = this.declared(context);
    const commands: Command[] = [];
    while (!this.reader.passes(end)) {
      const token = this.reader.peek();
      if (!startsOperand(token)) throw this.reader.unexpected(this.reader.next(), context);
      commands.push(this.command());
    }
    this.check(commands, context);
    const text = commands.map((command) => command.text).join(' | ');
    const isAssignment = sign === '=';
    return {
      ...{ kind: 'pipeline', pos, variables, isAssignment, commands },
      text: sign === '' ? text : `${variables.join(', ')} ${sign} ${text}`,
    };
  }

  /** `$x :=`, `$x =`, and in a range `$i, $e :=`. */
  private declared(context: string): { variables: string[]; sign: string } {
    const variables: string[] = [];
    const reader = this.reader;
    for (;;) {
      const variable = reader.skipSpace();
      const place = reader.place();
      if (variable.kind !== 'variable') return { variables, sign: '' };
      reader.next();
      const next = reader.skipSpace();
      const isList = next.kind === 'char' && next.text === ',';
      if (!isList && next.kind !== ':=' && next.kind !== '=') {
        reader.backTo(place);
        return { variables, sign: '' };
      }
      reader.next();
      variables.push(variable.text);
      this.scope.push(variable.text);
      if (!isList) return { variables, sign: next.text };
      if (context !== 'range' || variables.length > 1) throw reader.wrong(`too many declarations in ${context}`);
      if (!['variable', 'right', ')'].includes(reader.skipSpace().kind))
        throw reader.wrong('range can only initialize variables');
    }
  }

  private check(commands: readonly Command[], context: string): void {
    if (commands.length === 0) throw this.reader.wrong(`missing value for ${context}`);
    const stage = commands.findIndex(
      ({ operands }, i) => i > 0 && ['constant', 'nil', 'dot'].includes(operands[0]!.kind),
    );
    if (stage > 0) throw this.reader.wrong(`non executable command in pipeline stage ${stage + 1}`);
  }

  private command(): Command {
    const { pos } = this.reader.skipSpace();
    const operands: Operand[] = [];
    for (;;) {
      this.reader.skipSpace();
      if (startsOperand(this.reader.peek())) operands.push(this.operand());
      const { kind } = this.reader.peek();
      if (kind === 'right' || kind === ')') break;
      const token = this.reader.next();
      if (token.kind === '|') break;
      if (token.kind !== 'space') throw this.reader.unexpected(token, 'operand');
    }
    return { pos, operands, text: operands.map(inCommand).join(' ') };
  }

  /** A term, and the fields behind it. */
  private operand(): Operand {
    const term = this.term();
    const { kind, pos } = this.reader.peek();
    if (kind !== 'field') return term;
    const more: string[] = [];
    while (this.reader.peek().kind === 'field') more.push(this.reader.next().text.slice(1));
    const place = { pos, text: [inCommand(term), ...more].join('.') };
    switch (term.kind) {
      case 'field':
      case 'variable':
        return { ...term, ...place, path: [...term.path, ...more] };
      case 'function':
      case 'pipeline':
      case 'chain':
        return { kind: 'chain', ...place, of: term, path: more };
      default:
        throw this.reader.wrong(`unexpected . after term ${JSON.stringify(term.text)}`);
    }
  }

  private term(): Operand {
    const token = this.reader.next();
    const place = { pos: token.pos, text: token.text };
    switch (token.kind) {
      case 'name':
        if (!hasFunction(token.text)) throw this.reader.wrong(`function ${JSON.stringify(token.text)} not defined`);
        return { kind: 'function', name: token.text, ...place };
      case 'variable':
        if (!this.scope.includes(token.text))
          throw this.reader.wrong(`undefined variable ${JSON.stringify(token.text)}`);
        return { kind: 'variable', name: token.text, path: [], ...place };
      case 'field':
        return { kind: 'field', path: [token.text.slice(1)], ...place };
      case '(':
        return this.pipeline('parenthesized pipeline', ')');
      case 'keyword':
        return { kind: token.text === 'nil' ? 'nil' : 'dot', ...place };
      default:
        return this.constant(token, place);
    }
  }

  private constant(token: Token, place: Place): Operand {
    if (token.kind === 'bool') return { kind: 'constant', value: token.text === 'true', ...place };
    if (token.kind === 'number' || token.kind === 'character') {
      const read = token.kind === 'number' ? readNumber(token.text) : readCharacter(token.text);
      if ('wrong' in read) throw this.reader.wrong(read.wrong);
      return { kind: 'constant', value: read.value, ...place };
    }
    const value = unquoted(token.text);
    if (value === undefined) throw this.reader.wrong('invalid syntax');
    return { kind: 'constant', value, ...place };
  }
}

const starts: ReadonlySet<TokenKind> = new Set([
  ...(['bool', 'number', 'character', 'string', 'raw string', 'field', 'variable', 'name', '('] as const),
]);
const startsOperand = ({ kind, text }: Token): boolean =>
  starts.has(kind) || (kind === 'keyword' && (text === '.' || text === 'nil'));

/** A pipeline among operands has its parentheses again. */
const inCommand = (operand: Operand): string => (operand.kind === 'pipeline' ? `(${operand.text})` : operand.text);
