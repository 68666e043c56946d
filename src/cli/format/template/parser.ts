/** Reads a template: its text, its actions, and the templates that are defined within it. */
import { isStackOver } from './errors.ts';
import type { Token } from './lexer.ts';
import type { Leaving, Node, Pipeline, Templates } from './nodes.ts';
import { readPipeline, type Scope } from './pipeline.ts';
import { quoted, unquoted } from './quote.ts';
import { TokenReader } from './token-reader.ts';

/** Throws TemplateError with the line that is wrong. */
export function parse(text: string, name: string): Templates {
  const templates = new Map<string, readonly Node[]>();
  const reader = new TokenReader(text, name);
  try {
    new Parser(reader, templates).all(name);
  } catch (error) {
    throw isStackOver(error) ? reader.wrong('exceeded the depth to which a template can be read') : error;
  }
  return templates;
}

/** What a list of nodes ends with, which is passed. */
type End = 'end' | 'else' | 'end of file';

class Parser {
  private readonly scope: Scope = ['$'];
  /** How many of `range` are open. */
  private ranges = 0;

  constructor(
    private readonly reader: TokenReader,
    private readonly templates: Map<string, readonly Node[]>,
  ) {}

  /** The whole template. */
  all(name: string): void {
    const { nodes, end } = this.list(true);
    if (end !== 'end of file') throw this.reader.wrong(`unexpected {{${end}}}`);
    this.define(name, nodes);
  }

  /** Nodes up to their end. Only at the top others may be defined, and the text may be over. */
  private list(isTop = false): { nodes: Node[]; end: End } {
    const nodes: Node[] = [];
    for (;;) {
      const token = this.reader.nextWord();
      if (token.kind === 'text') nodes.push({ kind: 'text', text: token.text });
      else if (token.kind === 'left') {
        const read = this.reader.within(token, () => this.action(isTop));
        if (typeof read === 'string') return { nodes, end: read };
        if (read) nodes.push(read);
      } else if (token.kind !== 'end of file') throw this.reader.unexpected(token, 'input');
      else if (isTop) return { nodes, end: 'end of file' };
      else throw this.reader.wrong('unexpected EOF');
    }
  }

  /** The word that an action begins with, which is passed. Undefined if it is none, or belongs to a value. */
  private keyword(): string | undefined {
    const { kind, text } = this.reader.skipSpace();
    if (kind !== 'keyword' || text === '.' || text === 'nil') return undefined;
    return this.reader.next().text;
  }

  /** `{{else if` and `{{else with` go on in the same action. */
  private closed(word: 'end' | 'else'): End {
    const { kind, text } = this.reader.skipSpace();
    const goesOn = word === 'else' && kind === 'keyword' && (text === 'if' || text === 'with');
    if (!goesOn) this.reader.expect(word, 'right');
    return word;
  }

  /** An end, a node, or nothing where something is defined. */
  private action(isTop: boolean): End | Node | undefined {
    const word = this.keyword();
    if (word === 'end' || word === 'else') return this.closed(word);
    if (word === 'define' && isTop) return this.definition();
    return this.node(word);
  }

  private node(word: string | undefined): Node {
    switch (word) {
      case 'if':
      case 'with':
      case 'range':
        return this.control(word);
      case 'break':
      case 'continue':
        return this.leaving(word);
      case 'template':
        return this.call();
      case 'block':
        return this.block();
      case undefined:
        return { kind: 'print', value: this.pipeline('command') };
      default:
        throw this.reader.wrong(`unexpected <${word}> in command`);
    }
  }

  private control(kind: 'if' | 'with' | 'range'): Node {
    const known = this.scope.length;
    const value = this.pipeline(kind);
    if (kind === 'range') this.ranges++;
    const { nodes: body, end } = this.list();
    if (kind === 'range') this.ranges--;
    const node: Node = { kind, value, body, otherwise: end === 'else' ? this.otherwise(kind) : [] };
    this.scope.length = known;
    return node;
  }

  /** One `{{end}}` is enough for `{{if}}…{{else if}}`. */
  private otherwise(kind: 'if' | 'with' | 'range'): Node[] {
    if (kind !== 'range' && this.reader.passes('keyword', kind)) return [this.control(kind)];
    const { nodes, end } = this.list();
    if (end !== 'end') throw this.reader.wrong(`expected end; found {{${end}}}`);
    return nodes;
  }

  private leaving(how: Leaving): Node {
    this.reader.expect(`{{${how}}}`, 'right');
    if (this.ranges === 0) throw this.reader.wrong(`{{${how}}} outside {{range}}`);
    return { kind: 'leave', how };
  }

  private call(): Node {
    const token = this.reader.nextWord();
    const name = this.nameIn(token, 'template clause');
    const value = this.reader.passes('right') ? undefined : this.pipeline('template clause');
    return templateNode(token, name, value);
  }

  /** A definition, and its call. */
  private block(): Node {
    const token = this.reader.nextWord();
    const name = this.nameIn(token, 'block clause');
    const value = this.pipeline('block clause');
    this.body(name, 'block clause');
    return templateNode(token, name, value);
  }

  private definition(): undefined {
    const name = this.nameIn(this.reader.nextWord(), 'define clause');
    this.reader.expect('define clause', 'right');
    this.body(name, 'define clause');
  }

  /** What a definition holds sees no variable from outside. */
  private body(name: string, context: string): void {
    const inner = new Parser(this.reader, this.templates);
    const { nodes, end } = inner.list();
    if (end !== 'end') throw this.reader.wrong(`unexpected {{${end}}} in ${context}`);
    this.define(name, nodes);
  }

  /** One that says nothing gives way to another one of its name. */
  private define(name: string, nodes: readonly Node[]): void {
    const isSilent = isEmpty(nodes);
    if (isSilent && this.templates.has(name)) return;
    if (!isEmpty(this.templates.get(name) ?? []))
      throw this.reader.wrong(`template: multiple definition of template ${quoted(name)}`);
    this.templates.set(name, nodes);
  }

  private nameIn(token: Token, context: string): string {
    if (token.kind !== 'string' && token.kind !== 'raw string') throw this.reader.unexpected(token, context);
    const name = unquoted(token.text);
    if (name === undefined) throw this.reader.wrong('invalid syntax');
    return name;
  }

  private pipeline(context: string): Pipeline {
    return readPipeline(this.reader, this.scope, context);
  }
}

function templateNode({ pos }: Token, name: string, value: Pipeline | undefined): Node {
  const text = `{{template ${[quoted(name), ...(value ? [value.text] : [])].join(' ')}}}`;
  return { kind: 'template', pos, text, name, ...(value && { value }) };
}

/** White space is all of Unicode's here, other than between words. */
const isEmpty = (nodes: readonly Node[]): boolean =>
  nodes.every((node) => node.kind === 'text' && /^\p{White_Space}*$/u.test(node.text));
