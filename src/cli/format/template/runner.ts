/** Fills a template: says its text, and what its actions make of a value. */
import type { Evaluation, Variable } from './evaluation.ts';
import { goText } from './printf.ts';
import { isStackOver, isTextOver, type TemplateError } from './errors.ts';
import type { Control, Leaving, Node, Pipeline, Place, Templates } from './nodes.ts';
import { isStruct, isTrue, itemsOf, keysOf, kindOf, Nil, type Fields } from './values.ts';

/** How deep templates may call each other with Go. The stack of JavaScript ends before that, and the words are the same. */
const DEEPEST = 100_000;

export class Runner {
  out = '';
  /** The call of the template that is being filled. */
  private innermost: Place | undefined;

  constructor(
    private readonly templates: Templates,
    private readonly evaluation: Evaluation,
  ) {}

  /** The whole template. Where JavaScript comes to an end, that is an error of the template too. */
  fill(name: string, dot: unknown): void {
    try {
      this.run(name, dot);
    } catch (error) {
      if (isStackOver(error)) throw this.tooDeep();
      if (isTextOver(error)) throw this.evaluation.wrong('the text becomes longer than a string can be');
      throw error;
    }
  }

  /** A template by its name. It sees no variables but `$`. */
  private run(name: string, dot: unknown): void {
    this.evaluation.within(name, dot, () =>
      this.evaluation.withDot(() => this.walkAll(this.templates.get(name)!, dot)),
    );
  }

  /** Who calls templates without an end is told with Go's words. */
  private tooDeep(): TemplateError {
    if (!this.innermost) return this.evaluation.wrong('exceeded the depth to which a template can be filled');
    this.evaluation.at(this.innermost);
    return this.evaluation.wrong(`exceeded maximum template depth (${DEEPEST})`);
  }

  private walkAll(nodes: readonly Node[], dot: unknown): Leaving | undefined {
    for (const node of nodes) {
      const left = this.walk(node, dot);
      if (left) return left;
    }
    return undefined;
  }

  private walk(node: Node, dot: unknown): Leaving | undefined {
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
        this.call(node, dot);
        return undefined;
      default:
        return this.evaluation.block(() => this.control(node, dot));
    }
  }

  private print(value: Pipeline, dot: unknown): void {
    const found = this.evaluation.pipeline(value, dot);
    if (value.variables.length > 0) return;
    if (kindOf(found) === 'method')
      throw this.evaluation.wrong(`can't print ${value.text} of type func(string) string`);
    this.out += kindOf(found) === 'nothing' ? '<no value>' : goText(found);
  }

  private call(node: Node & { kind: 'template' }, dot: unknown): void {
    this.evaluation.at(node);
    if (!this.templates.has(node.name))
      throw this.evaluation.wrong(`template ${JSON.stringify(node.name)} not defined`);
    const value = node.value && this.evaluation.pipeline(node.value, dot);
    const outer = this.innermost;
    this.innermost = node;
    this.run(node.name, value);
    this.innermost = outer;
  }

  private control(node: Control, dot: unknown): Leaving | undefined {
    if (node.kind === 'range') return this.range(node, dot);
    const value = this.evaluation.pipeline(node.value, dot);
    if (!isTrue(value)) return this.walkAll(node.otherwise, dot);
    if (node.kind === 'if') return this.walkAll(node.body, dot);
    return this.evaluation.withDot(() => this.walkAll(node.body, value));
  }

  private range(node: Control, dot: unknown): Leaving | undefined {
    const value = this.evaluation.pipeline(node.value, dot);
    const own = this.evaluation.named(node.value);
    let rounds = 0;
    for (const [key, item] of this.entries(value, node.value)) {
      rounds++;
      assign(own, key, item);
      const round = (): Leaving | undefined => this.walkAll(node.body, item);
      const left = this.evaluation.block(() => this.evaluation.withDot(round, true));
      if (left === 'break') break;
    }
    return rounds > 0 ? undefined : this.walkAll(node.otherwise, dot);
  }

  private entries(value: unknown, { variables }: Pipeline): Iterable<[unknown, unknown]> {
    switch (kindOf(value)) {
      case 'nothing':
        return [];
      case 'list':
        return itemsOf(value).entries();
      case 'fields':
        if (isStruct(value)) throw this.evaluation.wrong(`range can't iterate over ${goText(value)}`);
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
  if (own.length > 1) own[0]!.value = key;
  const last = own.at(-1);
  if (last) Object.assign(last, { value: item, isLoose: true });
}
