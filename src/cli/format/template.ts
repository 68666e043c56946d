/**
 * `--format`: Go's templates, as far as people use them with Docker (text/template of Go).
 *
 *     {{.Repository}}:{{.Tag}}          fields, and fields of fields
 *     {{json .Config}}                  functions: json join split upper lower title pad truncate len index printf …
 *     {{.Env | join ","}}               a pipe puts the value last
 *     {{range $i, $e := .X}}…{{else}}…{{end}}   {{if eq .A "b"}}…{{else if …}}…{{end}}   {{with .X}}…{{end}}
 *     {{- …  -}}                        takes the white space beside it away
 *
 * A template is read once and filled many times. Values are JSON; they are printed as Go prints them (`map[a:b]`, `[a b]`).
 * Field names that do not exist are an error, as in Docker: a script must not take nothing for an answer.
 */
import { DrydockError } from '../../errors.ts';
import { call, isTrue } from './template-functions.ts';
import { goText } from './template-printf.ts';
import { parseExpression, type Expression } from './template-expression.ts';

type Node =
  | { kind: 'text'; text: string }
  | { kind: 'print'; value: Expression }
  | { kind: 'set'; name: string; value: Expression }
  | { kind: 'if' | 'with'; value: Expression; body: Node[]; otherwise: Node[] }
  | { kind: 'range'; key?: string; item?: string; value: Expression; body: Node[]; otherwise: Node[] };

/** Fills a template with a value. */
export type Template = (value: unknown) => string;

/** Reads a template. Throws BAD_USAGE with the place that is wrong. */
export function template(text: string): Template {
  const reader = new Reader(pieces(text), text);
  const nodes = reader.block([]);
  return (value) => run(nodes, value, new Map([['$', value]]), text);
}

interface Piece {
  text: string;
  isAction: boolean;
}

/** Text and actions in turn, with the white space that `{{-` and `-}}` take away gone. */
function pieces(text: string): Piece[] {
  const found: Piece[] = [];
  let trims = false;
  for (const part of text.split(/(\{\{(?:"(?:[^"\\]|\\.)*"|`[^`]*`|[^}"`]|\}(?!\}))*\}\})/)) {
    const isAction = part.startsWith('{{') && part.endsWith('}}');
    if (isAction) {
      const inner = part.slice(2, -2);
      const last = found.at(-1);
      if (/^-\s/.test(inner) && last && !last.isAction) last.text = last.text.trimEnd();
      trims = /\s-$/.test(inner);
      found.push({ text: inner.replace(/^-\s/, '').replace(/\s-$/, '').trim(), isAction });
    } else {
      if (part.includes('{{')) throw invalid(text, 'unclosed action');
      found.push({ text: trims ? part.trimStart() : part, isAction });
      trims = false;
    }
  }
  return found.filter(({ text: piece, isAction }) => isAction || piece !== '');
}

class Reader {
  private at = 0;

  constructor(
    private readonly all: readonly Piece[],
    private readonly whole: string,
  ) {}

  /** Nodes up to one of these words, which is left for the caller; up to the end when there are none. */
  block(ends: readonly string[]): Node[] {
    const nodes: Node[] = [];
    for (; this.at < this.all.length; this.at++) {
      const { text, isAction } = this.all[this.at]!;
      const [word = ''] = text.split(/\s/, 1);
      if (isAction && ends.includes(word)) return nodes;
      if (isAction && ['end', 'else'].includes(word)) throw invalid(this.whole, `unexpected {{${text}}}`);
      nodes.push(isAction ? this.action(text, word) : { kind: 'text', text });
    }
    if (ends.length > 0) throw invalid(this.whole, 'unexpected EOF: an {{end}} is missing');
    return nodes;
  }

  private action(text: string, word: string): Node {
    const rest = text.slice(word.length).trim();
    if (word === 'if' || word === 'with') return this.branch(word, rest);
    if (word === 'range') return this.range(rest);
    const set = /^(\$\w*)\s*:?=\s*(.*)$/s.exec(text);
    if (set) return { kind: 'set', name: set[1]!, value: this.expression(set[2]!) };
    return { kind: 'print', value: this.expression(text) };
  }

  private branch(kind: 'if' | 'with', condition: string): Node {
    const value = this.expression(condition);
    return { kind, value, ...this.bodies() };
  }

  private range(text: string): Node {
    const [, first, second, list = text] = /^(\$\w+)(?:\s*,\s*(\$\w+))?\s*:=\s*(.*)$/s.exec(text) ?? [];
    const names = second ? { key: first, item: second } : { item: first };
    return { kind: 'range', ...names, value: this.expression(list), ...this.bodies() };
  }

  private bodies(): { body: Node[]; otherwise: Node[] } {
    this.at++;
    const body = this.block(['else', 'end']);
    const { text } = this.all[this.at]!;
    if (text === 'end') return { body, otherwise: [] };
    const further = /^else\s+(if|with)\s+(.*)$/s.exec(text);
    if (further) return { body, otherwise: [this.branch(further[1] as 'if' | 'with', further[2]!)] };
    this.at++;
    return { body, otherwise: this.block(['end']) };
  }

  private expression(text: string): Expression {
    return parseExpression(text, (why) => invalid(this.whole, why));
  }
}

type Variables = ReadonlyMap<string, unknown>;

function run(nodes: readonly Node[], dot: unknown, outer: Variables, whole: string): string {
  const variables = new Map(outer);
  let out = '';
  for (const node of nodes) {
    if (node.kind === 'text') {
      out += node.text;
      continue;
    }
    const value = evaluate(node.value, dot, variables, whole);
    const inner = (body: readonly Node[], dot: unknown, more: [string, unknown][] = []): string =>
      run(body, dot, new Map([...variables, ...more]), whole);
    if (node.kind === 'print') out += goText(value);
    else if (node.kind === 'set') variables.set(node.name, value);
    else if (!isTrue(value)) out += inner(node.otherwise, dot);
    else if (node.kind === 'range')
      for (const [key, item] of entriesOf(value, whole)) out += inner(node.body, item, named(node, key, item));
    else out += inner(node.body, node.kind === 'if' ? dot : value);
  }
  return out;
}

/** The variables of one round: `range $key, $item := …`. */
function named(names: { key?: string; item?: string }, key: unknown, item: unknown): [string, unknown][] {
  const both: [string | undefined, unknown][] = [
    [names.key, key],
    [names.item, item],
  ];
  return both.filter((one): one is [string, unknown] => one[0] !== undefined);
}

function entriesOf(value: unknown, whole: string): [unknown, unknown][] {
  if (Array.isArray(value)) return value.map((one, i) => [i, one]);
  if (typeof value === 'object' && value !== null) return Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  throw invalid(whole, `range can't iterate over ${goText(value)}`);
}

function evaluate(expression: Expression, dot: unknown, variables: Variables, whole: string): unknown {
  const fail = (why: string): DrydockError => invalid(whole, why);
  switch (expression.kind) {
    case 'value':
      return expression.value;
    case 'variable': {
      if (!variables.has(expression.name)) throw fail(`undefined variable "${expression.name}"`);
      return fieldOf(variables.get(expression.name), expression.path, fail);
    }
    case 'field': {
      const base = expression.of ? evaluate(expression.of, dot, variables, whole) : dot;
      const found = fieldOf(base, expression.path, fail);
      const words = (expression.args ?? []).map((argument) => goText(evaluate(argument, dot, variables, whole)));
      if (typeof found === 'function') return (found as (...words: string[]) => unknown)(...words);
      if (words.length > 0) throw fail(`${expression.path.at(-1)} has arguments but cannot be invoked as function`);
      return found;
    }
    case 'call': {
      const values = expression.args.map((argument) => evaluate(argument, dot, variables, whole));
      return call(expression.name, values, fail);
    }
  }
}

function fieldOf(base: unknown, path: readonly string[], fail: (why: string) => DrydockError): unknown {
  let value = base;
  for (const name of path) {
    if (value === null || value === undefined) return undefined;
    if (typeof value !== 'object' || !Object.hasOwn(value, name)) throw fail(`can't evaluate field ${name}`);
    value = (value as Record<string, unknown>)[name];
  }
  return value;
}

function invalid(whole: string, why: string): DrydockError {
  return new DrydockError('BAD_USAGE', `template parsing error: ${why}`, {
    hint: `in --format '${whole}'; the words are those of Go's text/template, as in docker`,
  });
}
