/**
 * What pipelines make of a value. Errors name the node that was looked at last, as Go's do: that is the one whose value does
 * not fit, or the call that failed.
 */
import { checked } from './arguments.ts';
import { CallError, placeAt, TemplateError } from './errors.ts';
import { fieldOf, type Wrong } from './fields.ts';
import type { GoFunction } from './functions.ts';
import type { Command, Operand, Pipeline, Place } from './nodes.ts';
import { quoted } from './quote.ts';
import { isTrue, kindOf } from './values.ts';

export interface Variable {
  readonly name: string;
  value: unknown;
  /** Whether it is an item of a list or a map of anything, at which no pipeline has looked yet. */
  isLoose?: boolean;
}

/** What a pipe brings to a command, as its last argument. */
type Piped = { readonly value: unknown } | undefined;

export class Evaluation {
  private variables: Variable[] = [];
  private node: Place | undefined;
  private template = '';
  private isDotLoose = false;

  constructor(
    private readonly whole: string,
    private readonly name: string,
    /** Whether the value is one of which no type is known. */
    private readonly isRaw: boolean,
    private readonly functions: Readonly<Record<string, GoFunction>>,
  ) {}

  at(node: Place): void {
    this.node = node;
  }

  readonly wrong: Wrong = (why) => {
    const place = placeAt(this.whole, this.node!.pos);
    const where = `${this.name}:${place}: executing ${quoted(this.template)} at <${this.node!.text}>`;
    return new TemplateError(`template: ${where}: ${why}`, this.whole);
  };

  /** Does something in a template that begins, with variables of its own. */
  within(template: string, dot: unknown, work: () => void): void {
    const [outerVariables, outerTemplate] = [this.variables, this.template];
    this.variables = [{ name: '$', value: dot }];
    this.template = template;
    work();
    this.variables = outerVariables;
    this.template = outerTemplate;
  }

  /** Variables that are declared meanwhile are gone afterwards. */
  block<T>(work: () => T): T {
    const known = this.variables.length;
    const result = work();
    this.variables.length = known;
    return result;
  }

  /** Does something with another value for the dot. */
  withDot<T>(work: () => T, isLoose = false): T {
    const outer = this.isDotLoose;
    this.isDotLoose = isLoose;
    const result = work();
    this.isDotLoose = outer;
    return result;
  }

  /** The variables that a pipeline has just declared, or to which it has assigned. */
  named({ variables, isAssignment }: Pipeline): readonly Variable[] {
    if (isAssignment) return variables.map((name) => this.variable(name));
    return this.variables.slice(this.variables.length - variables.length);
  }

  pipeline(pipeline: Pipeline, dot: unknown): unknown {
    this.at(pipeline);
    let piped: Piped;
    for (const command of pipeline.commands) piped = { value: this.command(command, dot, piped) };
    const value = piped!.value;
    for (const name of pipeline.variables)
      if (pipeline.isAssignment) this.variable(name).value = value;
      else this.variables.push({ name, value });
    return value;
  }

  private command(command: Command, dot: unknown, piped: Piped): unknown {
    const first = command.operands[0]!;
    const args = command.operands.slice(1);
    if (first.kind === 'function') {
      this.at(first);
      return this.call(first.name, command, args, dot, piped);
    }
    const hasArguments = args.length > 0 || piped !== undefined;
    if (first.kind === 'field' || first.kind === 'variable' || first.kind === 'chain')
      return this.chain(first, dot, hasArguments ? { args, piped } : undefined);
    if (first.kind !== 'pipeline') this.at(first);
    if (hasArguments) throw this.wrong(`can't give argument to non-function ${first.text}`);
    if (first.kind === 'nil') throw this.wrong('nil is not a command');
    return this.operand(first, dot);
  }

  /** The value of one operand by itself. */
  private operand(operand: Operand, dot: unknown): unknown {
    this.at(operand);
    switch (operand.kind) {
      case 'constant':
        return operand.value;
      case 'nil':
        return null;
      case 'dot':
        return dot;
      case 'pipeline':
        return this.pipeline(operand, dot);
      case 'function':
        return this.call(operand.name, operand, [], dot, undefined);
      default:
        return this.chain(operand, dot, undefined);
    }
  }

  /** A field of a field; the last one may be a method, which takes the arguments. */
  private chain(
    operand: Operand & { path: readonly string[] },
    dot: unknown,
    given: { args: readonly Operand[]; piped: Piped } | undefined,
  ): unknown {
    this.at(operand);
    let value = this.base(operand, dot);
    for (const [i, name] of operand.path.entries()) {
      const isLast = i === operand.path.length - 1;
      const found = fieldOf(value, name, this.wrong, {
        // What is found in a map of anything is anything, until a pipeline has looked at it.
        type: this.isRaw && (i > 0 || this.isLoose(operand)) ? 'interface {}' : undefined,
        isRaw: this.isRaw,
        given: isLast && given ? given.args.length + (given.piped ? 1 : 0) : 0,
      });
      value =
        kindOf(found) === 'method'
          ? this.method(found as Method, name, operand, isLast ? given : undefined, dot)
          : found;
    }
    if (operand.path.length === 0 && given) throw this.wrong(`can't give argument to non-function ${operand.text}`);
    return value;
  }

  private isLoose(operand: Operand): boolean {
    if (operand.kind === 'variable') return this.variable(operand.name).isLoose ?? false;
    return operand.kind === 'field' && this.isDotLoose;
  }

  private base(operand: Operand, dot: unknown): unknown {
    if (operand.kind === 'variable') return this.variable(operand.name).value;
    if (operand.kind !== 'chain') return dot;
    return this.operand(operand.of, dot);
  }

  private method(
    method: Method,
    name: string,
    place: Place,
    given: { args: readonly Operand[]; piped: Piped } | undefined,
    dot: unknown,
  ): unknown {
    const declared: GoFunction = { takes: ['string'], run: (word) => method(word as string) };
    return this.apply(declared, name, place, given?.args ?? [], dot, given?.piped);
  }

  private variable(name: string): Variable {
    const found = this.variables.findLast((variable) => variable.name === name);
    if (!found) throw this.wrong(`undefined variable: ${name}`);
    return found;
  }

  private call(name: string, place: Place, args: readonly Operand[], dot: unknown, piped: Piped): unknown {
    return this.apply(this.functions[name]!, name, place, args, dot, piped);
  }

  private apply(
    called: GoFunction,
    name: string,
    place: Place,
    args: readonly Operand[],
    dot: unknown,
    piped: Piped,
  ): unknown {
    const count = args.length + (piped ? 1 : 0);
    const { takes, rest } = called;
    if (rest ? count < takes.length : count !== takes.length)
      throw this.wrong(`wrong number of args for ${name}: want ${rest ? 'at least ' : ''}${takes.length} got ${count}`);
    const values: unknown[] = [];
    for (const [i, arg] of args.entries()) {
      const value = this.operand(arg, dot);
      values.push(checked(value, takes[i] ?? rest!, arg, this.wrong));
      // The one that decides is the answer, and what follows is not looked at (Go 1.18).
      if (called.stopsAt !== undefined && isTrue(value) === called.stopsAt) return value;
    }
    if (piped) values.push(checked(piped.value, takes[args.length] ?? rest!, undefined, this.wrong));
    return this.result(called, name, place, values, args);
  }

  private result(
    called: GoFunction,
    name: string,
    place: Place,
    values: readonly unknown[],
    args: readonly Operand[],
  ): unknown {
    try {
      return called.run(...(called.isToldCallee ? [args[0]?.text ?? '', ...values] : values));
    } catch (error) {
      if (!(error instanceof CallError)) throw error;
      this.at(place);
      throw this.wrong(`error calling ${name}: ${error.message}`);
    }
  }
}

type Method = (word: string) => unknown;
