/** The functions of templates: those of Go (pkg.go.dev/text/template, "Functions"), and Docker's. */
import type { Wanted } from './arguments.ts';
import { isEqual, isLess } from './compare.ts';
import { dockerFunctions } from './docker-functions.ts';
import { CallError } from './errors.ts';
import { forHtml, forJavaScript, forQuery } from './escape.ts';
import { lengthOf, part, indexed } from './indexing.ts';
import { printed, sprint, sprintln } from './printf.ts';
import { isTrue, kindOf, textOf, typeOf } from './values.ts';

export interface GoFunction {
  /** What it takes, in order. */
  readonly takes: readonly Wanted[];
  /** What it takes behind that, any number of times. */
  readonly rest?: Wanted;
  /** An argument that is as true as this is the answer. */
  readonly stopsAt?: boolean;
  /** Whether it is also told how its first argument is written. */
  readonly isToldCallee?: boolean;
  /** Throws CallError. */
  run(...args: readonly unknown[]): unknown;
}

const escaper = (escape: (text: string) => string): GoFunction => ({
  takes: [],
  rest: 'any',
  run: (...values) => escape(sprint(values.map((value) => (kindOf(value) === 'nothing' ? '<no value>' : value)))),
});
const comparison = (run: (a: unknown, b: unknown) => boolean): GoFunction => ({ takes: ['any', 'any'], run });
const last = (...values: readonly unknown[]): unknown => values.at(-1);

export const functions: Readonly<Record<string, GoFunction>> = {
  and: { takes: ['any'], rest: 'any', stopsAt: false, run: last },
  or: { takes: ['any'], rest: 'any', stopsAt: true, run: last },
  not: { takes: ['any'], run: (value) => !isTrue(value) },
  len: { takes: ['any'], run: lengthOf },
  index: { takes: ['any'], rest: 'any', run: indexed },
  slice: { takes: ['any'], rest: 'any', run: part },
  call: { takes: ['any'], rest: 'any', isToldCallee: true, run: called },
  print: { takes: [], rest: 'any', run: (...values) => sprint(values) },
  println: { takes: [], rest: 'any', run: (...values) => sprintln(values) },
  printf: { takes: ['string'], rest: 'any', run: (form, ...values) => printed(textOf(form), values) },
  html: escaper(forHtml),
  js: escaper(forJavaScript),
  urlquery: escaper(forQuery),
  eq: {
    takes: ['any'],
    rest: 'any',
    run(value, ...others) {
      if (others.length === 0) throw new CallError('missing argument for comparison');
      return others.some((other) => isEqual(value, other));
    },
  },
  ne: comparison((a, b) => !isEqual(a, b)),
  lt: comparison(isLess),
  le: comparison((a, b) => isLess(a, b) || isEqual(a, b)),
  gt: comparison((a, b) => !isLess(a, b) && !isEqual(a, b)),
  ge: comparison((a, b) => !isLess(a, b)),
  ...dockerFunctions,
};

export const hasFunction = (name: string): boolean => Object.hasOwn(functions, name);

/** Nothing that a template can reach is a function of Go. */
function called(callee: unknown, value: unknown): never {
  if (kindOf(value) === 'nothing') throw new CallError('call of nil');
  throw new CallError(`non-function ${textOf(callee)} of type ${typeOf(value)}`);
}
