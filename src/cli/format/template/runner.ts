/** Fills a template: says its text, and what its actions make of a value. */
import type { Evaluation, Variable } from './evaluation.ts';
import { goText } from './printf.ts';
import type { Control, Leaving, Node, Pipeline, Templates } from './nodes.ts';
import { isTrue, itemsOf, keysOf, kindOf, Nil, type Fields } from './values.ts';

/** Templates that call each other end here; Go would go on a hundred times as long. */
const DEEPEST = 1000;

export class Runner {
  out = '';

  constructor(
    private readonly templates: Templates,
    private readonly evaluation: Evaluation,
  ) {}

  /** A template by its name. It sees no variables but `$`. */
  run(name: string, dot: unknown, depth = 0): void {
    this.evaluation.within(name, dot, () =>
      this.evaluation.withDot(() => this.walkAll(this.templates.get(name)!, dot, depth)),
    );
  }

  private walkAll(nodes: readonly Node[], dot: unknown, depth: number): Leaving | undefined {
    for (const node of nodes) {
      const left = this.walk(node, dot, depth);
      if (left) return left;
    }
    return undefined;
  }

  private walk(node: Node, dot: unknown, depth: number): Leaving | undefined {
    switch (node.kind) {
      case 'text':
        this.out += node.text;
        return undefined;
      case 'leave':
        return node.how;
      case 'print':
        this.print(node.value, dot);
        return undefined;
      case 'template':
        this.call(node, dot, depth);
        return undefined;
      default:
        return this.evaluation.block(() => this.control(node, dot, depth));
    }
  }

  private print(value: Pipeline, dot: unknown): void {
    const found = this.evaluation.pipeline(value, dot);
    if (value.variables.length > 0) return;
    if (kindOf(found) === 'method')
      throw this.evaluation.wrong(`can't print ${value.text} of type func(string) string`);
    this.out += kindOf(found) === 'nothing' ? '<no value>' : goText(found);
  }

  private call(node: Node & { kind: 'template' }, dot: unknown, depth: number): void {
    this.evaluation.at(node);
    if (!this.templates.has(node.name))
      throw this.evaluation.wrong(`template ${JSON.stringify(node.name)} not defined`);
    if (depth === DEEPEST) throw this.evaluation.wrong(`exceeded maximum template depth (${DEEPEST})`);
    const value = node.value && this.evaluation.pipeline(node.value, dot);
    this.run(node.name, value, depth + 1);
  }

  private control(node: Control, dot: unknown, depth: number): Leaving | undefined {
    if (node.kind === 'range') return this.range(node, dot, depth);
    const value = this.evaluation.pipeline(node.value, dot);
    if (!isTrue(value)) return this.walkAll(node.otherwise, dot, depth);
    if (node.kind === 'if') return this.walkAll(node.body, dot, depth);
    return this.evaluation.withDot(() => this.walkAll(node.body, value, depth));
  }

  private range(node: Control, dot: unknown, depth: number): Leaving | undefined {
    const value = this.evaluation.pipeline(node.value, dot);
    const own = this.evaluation.latest(node.value.variables.length);
    let rounds = 0;
    for (const [key, item] of this.entries(value, node.value)) {
      rounds++;
      assign(own, key, item);
      const round = (): Leaving | undefined => this.walkAll(node.body, item, depth);
      const left = this.evaluation.block(() => this.evaluation.withDot(round, true));
      if (left === 'break') break;
    }
    return rounds > 0 ? undefined : this.walkAll(node.otherwise, dot, depth);
  }

  private entries(value: unknown, { variables }: Pipeline): Iterable<[unknown, unknown]> {
    switch (kindOf(value)) {
      case 'nothing':
        return [];
      case 'list':
        return itemsOf(value).entries();
      case 'fields':
        return keysOf(value as Fields).map((key) => [key, (value as Fields)[key]]);
      case 'int':
        if (variables.length > 1)
          throw this.evaluation.wrong(`can't use ${goText(value)} to iterate over more than one variable`);
        return upTo(Number(value));
      default:
        throw this.evaluation.wrong(`range can't iterate over ${value instanceof Nil ? '<nil>' : goText(value)}`);
    }
  }
}

function* upTo(end: number): Generator<[undefined, number]> {
  for (let i = 0; i < end; i++) yield [undefined, i];
}

/** With one variable it is the item, with two the key comes first. */
function assign(own: readonly Variable[], key: unknown, item: unknown): void {
  const names = [...own].reverse();
  if (names[0]) Object.assign(names[0], { value: item, isLoose: true });
  if (names[1]) names[1].value = key;
}
