/** What stands between `{{` and `}}`: values, fields, calls and pipes (template.ts). */

export type Expression =
  | { kind: 'value'; value: unknown }
  | { kind: 'field'; of?: Expression; path: string[]; args?: Expression[] }
  | { kind: 'variable'; name: string; path: string[] }
  | { kind: 'call'; name: string; args: Expression[] };

type Fail = (why: string) => Error;

const token = /\s*(?:("(?:[^"\\]|\\.)*"|`[^`]*`)|(-?\d+(?:\.\d+)?)|(\$\w*(?:\.\w+)*)|((?:\.\w+)+|\.)|(\w+)|([|()]))/y;

interface Token {
  kind: 'string' | 'number' | 'variable' | 'field' | 'word' | 'sign';
  text: string;
}

function tokensOf(text: string, fail: Fail): Token[] {
  const kinds = ['string', 'number', 'variable', 'field', 'word', 'sign'] as const;
  const tokens: Token[] = [];
  token.lastIndex = 0;
  while (text.slice(token.lastIndex).trim() !== '') {
    const from = token.lastIndex;
    const match = token.exec(text);
    if (!match) throw fail(`unexpected ${JSON.stringify(text.slice(from).trim())}`);
    const which = kinds.findIndex((_, i) => match[i + 1] !== undefined);
    tokens.push({ kind: kinds[which]!, text: match[which + 1]! });
  }
  return tokens;
}

/** Reads one pipeline. `fail` makes the error for what is wrong in it. */
export function parseExpression(text: string, fail: Fail): Expression {
  const tokens = tokensOf(text, fail);
  let at = 0;

  const pipeline = (): Expression => {
    let value = command();
    while (tokens[at]?.text === '|' && tokens[at]?.kind === 'sign') {
      at++;
      const next = command();
      if (next.kind !== 'call') throw fail('a pipe leads to a function');
      value = { ...next, args: [...next.args, value] };
    }
    return value;
  };

  const command = (): Expression => {
    const first = tokens[at];
    if (first?.kind !== 'word' || isConstant(first.text)) {
      const value = operand();
      return value.kind === 'field' && !isAtEnd() ? { ...value, args: operands() } : value;
    }
    at++;
    return { kind: 'call', name: first.text, args: operands() };
  };

  const isAtEnd = (): boolean => !tokens[at] || ['|', ')'].includes(tokens[at]!.text);
  const operands = (): Expression[] => {
    const args: Expression[] = [];
    while (!isAtEnd()) args.push(operand());
    return args;
  };

  const operand = (): Expression => {
    const one = tokens[at++];
    if (!one) throw fail('missing value');
    switch (one.kind) {
      case 'string':
        return { kind: 'value', value: one.text.startsWith('`') ? one.text.slice(1, -1) : unquoted(one.text, fail) };
      case 'number':
        return { kind: 'value', value: Number(one.text) };
      case 'variable': {
        const [name = '$', ...path] = one.text.split('.');
        return { kind: 'variable', name, path };
      }
      case 'field':
        return { kind: 'field', path: one.text.split('.').filter((name) => name !== '') };
      case 'word':
        if (isConstant(one.text)) return { kind: 'value', value: constants[one.text] };
        return { kind: 'call', name: one.text, args: [] };
      case 'sign':
        return group(one.text);
    }
  };

  const group = (sign: string): Expression => {
    if (sign !== '(') throw fail(`unexpected "${sign}"`);
    const of = pipeline();
    if (tokens[at++]?.text !== ')') throw fail('unclosed left paren');
    if (tokens[at]?.kind !== 'field') return of;
    return { kind: 'field', of, path: tokens[at++]!.text.split('.').filter((name) => name !== '') };
  };

  const value = pipeline();
  if (at < tokens.length) throw fail(`unexpected ${JSON.stringify(tokens[at]!.text)}`);
  return value;
}

const constants: Readonly<Record<string, unknown>> = { true: true, false: false, nil: null };
const isConstant = (word: string): boolean => Object.hasOwn(constants, word);

function unquoted(text: string, fail: Fail): string {
  try {
    return JSON.parse(text) as string;
  } catch {
    throw fail(`bad string ${text}`);
  }
}
