/**
 * `--format`: Go's templates, as far as people use them with Docker (text/template of Go).
 *
 *     {{.Repository}}:{{.Tag}}          fields, and fields of fields
 *     {{json .Config}}                  functions: json join split upper lower title pad truncate len index printf …
 *     {{.Env | join ","}}               a pipe puts the value last
 *     {{range $i, $e := .X}}…{{else}}…{{end}}   {{if eq .A "b"}}…{{else if …}}…{{end}}   {{with .X}}…{{end}}
 *     {{break}}  {{continue}}           leave a range, or a round of it; comments say nothing
 *     {{- …  -}}                        takes the white space beside it away
 *
 * A template is read once and filled many times. Values are JSON; they are printed as Go prints them (`map[a:b]`, `[a b]`).
 * Field names that do not exist are an error, as in Docker: a script must not take nothing for an answer. A value says which of
 * its fields may be absent (`mayLack`).
 */
import { DrydockError } from '../../errors.ts';
import { call, isTrue } from './template-functions.ts';
import { goText } from './template-printf.ts';
import { parseExpression, type Expression } from './template-expression.ts';

type Node =
  | { kind: 'text'; text: string }
  | { kind: 'print'; value: Expression }
  | { kind: 'set'; name: string; isNew: boolean; value: Expression }
  | { kind: 'leave'; how: Leaving }
  | { kind: 'if' | 'with'; value: Expression; body: Node[]; otherwise: Node[] }
  | { kind: 'range'; key?: string; item?: string; value: Expression; body: Node[]; otherwise: Node[] };

/** What ends a round of `range` before its time. */
type Leaving = 'break' | 'continue';

/** Under this a value has what stands for fields that it lacks, or that it is a map, which may lack any. */
export const mayLack = Symbol('may lack');

/** Fills a template with a value. */
export type Template = (value: unknown) => string;

/** Reads a template. Throws BAD_USAGE with the place that is wrong. */
export function template(text: string): Template {
  const reader = new Reader(pieces(text), text);
  const nodes = reader.block([]);
  return (value) => {
    const filling = new Filling(text);
    filling.run(nodes, value, new Map([['$', { value }]]));
    return filling.out;
  };
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
      const action = inner.replace(/^-\s/, '').replace(/\s-$/, '').trim();
      if (!/^\/\*.*\*\/$/s.test(action)) found.push({ text: action, isAction });
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
  /** How many of `range` are open. */
  private ranges = 0;

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
    if (text === 'break' || text === 'continue') {
      if (this.ranges === 0) throw invalid(this.whole, `{{${text}}} outside {{range}}`);
      return { kind: 'leave', how: text };
    }
    const set = /^(\$\w*)\s*(:?=)\s*(.*)$/s.exec(text);
    if (set) return { kind: 'set', name: set[1]!, isNew: set[2] === ':=', value: this.expression(set[3]!) };
    return { kind: 'print', value: this.expression(text) };
  }

  private branch(kind: 'if' | 'with', condition: string): Node {
    const value = this.expression(condition);
    return { kind, value, ...this.bodies() };
  }

  private range(text: string): Node {
    const [, first, second, list = text] = /^(\$\w+)(?:\s*,\s*(\$\w+))?\s*:=\s*(.*)$/s.exec(text) ?? [];
    const names = second ? { key: first, item: second } : { item: first };
    this.ranges++;
    const node: Node = { kind: 'range', ...names, value: this.expression(list), ...this.bodies() };
    this.ranges--;
    return node;
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

interface Cell {
  value: unknown;
}
/** A cell for each name: a block sees those of the block around it, and `=` changes them there. */
type Variables = ReadonlyMap<string, Cell>;

class Filling {
  out = '';

  constructor(private readonly whole: string) {}

  run(nodes: readonly Node[], dot: unknown, outer: Variables): Leaving | undefined {
    const variables = new Map(outer);
    for (const node of nodes) {
      const left = this.act(node, dot, variables);
      if (left) return left;
    }
    return undefined;
  }

  private act(node: Node, dot: unknown, variables: Map<string, Cell>): Leaving | undefined {
    if (node.kind === 'leave') return node.how;
    if (node.kind === 'text') {
      this.out += node.text;
      return undefined;
    }
    const value = evaluate(node.value, dot, variables, this.whole);
    if (node.kind === 'print') this.out += goText(value);
    else if (node.kind === 'set') this.set(node, value, variables);
    else if (!isTrue(value)) return this.run(node.otherwise, dot, variables);
    else if (node.kind === 'range') this.rounds(node, value, variables);
    else return this.run(node.body, node.kind === 'if' ? dot : value, variables);
    return undefined;
  }

  private set({ name, isNew }: Node & { kind: 'set' }, value: unknown, variables: Map<string, Cell>): void {
    if (isNew) variables.set(name, { value });
    else cellOf(name, variables, this.whole).value = value;
  }

  private rounds(node: Node & { kind: 'range' }, value: unknown, variables: Variables): void {
    for (const [key, item] of entriesOf(value, this.whole))
      if (this.run(node.body, item, new Map([...variables, ...named(node, key, item)])) === 'break') return;
  }
}

function cellOf(name: string, variables: Variables, whole: string): Cell {
  const cell = variables.get(name);
  if (!cell) throw invalid(whole, `undefined variable "${name}"`);
  return cell;
}

/** The variables of one round: `range $key, $item := …`. */
function named(names: { key?: string; item?: string }, key: unknown, item: unknown): [string, Cell][] {
  const both: [string | undefined, Cell][] = [
    [names.key, { value: key }],
    [names.item, { value: item }],
  ];
  return both.filter((one): one is [string, Cell] => one[0] !== undefined);
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
    case 'variable':
      return fieldOf(cellOf(expression.name, variables, whole).value, expression.path, fail);
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
  for (const [i, name] of path.entries()) {
    if (value === null || value === undefined) return undefined;
    if (typeof value === 'object' && Object.hasOwn(value, name)) value = (value as Record<string, unknown>)[name];
    else {
      const stead = inStead(value, name);
      // Of what is absent nothing can be asked, but of an entry of a map.
      if (!stead || (!stead.isEntry && i < path.length - 1)) throw fail(`can't evaluate field ${name}`);
      value = stead.value;
    }
  }
  return value;
}

function inStead(
  of: object | string | number | boolean,
  name: string,
): { value: unknown; isEntry: boolean } | undefined {
  const absent = (of as { [mayLack]?: Readonly<Record<string, unknown>> | 'any' })[mayLack];
  if (absent === 'any') return { value: undefined, isEntry: true };
  return absent && Object.hasOwn(absent, name) ? { value: absent[name], isEntry: false } : undefined;
}

function invalid(whole: string, why: string): DrydockError {
  return new DrydockError('BAD_USAGE', `template parsing error: ${why}`, {
    hint: `in --format '${whole}'; the words are those of Go's text/template, as in docker`,
  });
}
