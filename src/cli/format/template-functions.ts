/** The functions of templates, and how Go prints and judges values (template.ts). */
import { goText, printed } from './template-printf.ts';

type Fail = (why: string) => Error;

/** What `if` takes for true: everything but false, 0, nothing, and what is empty. */
export function isTrue(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0;
  if (typeof value === 'object' && value !== null) return Object.keys(value).length > 0;
  return Boolean(value);
}

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);
const title = (text: string): string => text.replace(/(?<![\p{L}\p{N}])\p{L}/gu, (letter) => letter.toUpperCase());

/** Go counts bytes. */
const cut = (text: string, from: number, to: number): string => Buffer.from(text).subarray(from, to).toString();
const entities: Readonly<Record<string, string>> = {
  ...{ "'": '&#39;', '"': '&#34;', '&': '&amp;', '<': '&lt;', '>': '&gt;' },
};
/** fmt.Sprint: a blank between two of which none is a string. */
const beside = (text: string, value: unknown, at: number, all: readonly unknown[]): string =>
  text + (at > 0 && typeof value !== 'string' && typeof all[at - 1] !== 'string' ? ' ' : '') + goText(value);

const functions: Readonly<Record<string, (fail: Fail, ...args: unknown[]) => unknown>> = {
  json: (_fail, value) => JSON.stringify(value ?? null),
  // Docker's has the list first where it is called, and last in a pipe.
  join: (fail, a, b) => {
    const [list, between] = Array.isArray(a) || a === undefined || a === null ? [a ?? [], b] : [b ?? [], a];
    if (!Array.isArray(list)) throw fail('join takes a list');
    return list.map(goText).join(String(between ?? ''));
  },
  split: (_fail, text, by) => String(text).split(String(by)),
  upper: (_fail, text) => String(text).toUpperCase(),
  lower: (_fail, text) => String(text).toLowerCase(),
  title: (_fail, text) => title(String(text)),
  // Docker's own two; what is empty is not padded.
  pad: (_fail, text, before, after) =>
    text === '' ? '' : ' '.repeat(Number(before)) + goText(text) + ' '.repeat(Number(after)),
  truncate: (_fail, text, most) => cut(goText(text), 0, Number(most)),
  println: (_fail, ...values) => `${values.map(goText).join(' ')}\n`,
  print: (_fail, ...values) => values.reduce<string>(beside, ''),
  printf: (_fail, form, ...values) => printed(goText(form), values),
  html: (_fail, ...values) =>
    values
      .map(goText)
      .join('')
      .replace(/['"&<>]/g, (sign) => entities[sign]!),
  urlquery: (_fail, ...values) => new URLSearchParams({ '': values.map(goText).join('') }).toString().slice(1),
  // A list or map of Go that nobody has filled is null in JSON.
  len: (fail, value) => {
    if (value === null || value === undefined) return 0;
    if (typeof value === 'string') return Buffer.byteLength(value);
    if (typeof value === 'object') return Object.keys(value).length;
    throw fail(`error calling len: len of type ${typeof value}`);
  },
  slice: (fail, value, from = 0, to = undefined) => {
    if (!Array.isArray(value) && typeof value !== 'string')
      throw fail(`error calling slice: no list: ${goText(value)}`);
    const end = to ?? (typeof value === 'string' ? Buffer.byteLength(value) : value.length);
    return typeof value === 'string' ? cut(value, Number(from), Number(end)) : value.slice(Number(from), Number(end));
  },
  index: (fail, value, ...keys) => keys.reduce((base, key) => entry(base, key, fail), value),
  eq: (_fail, a, ...others) => others.some((other) => same(a, other)),
  ne: (_fail, a, b) => !same(a, b),
  lt: (_fail, a, b) => (a as number) < (b as number),
  le: (_fail, a, b) => (a as number) <= (b as number),
  gt: (_fail, a, b) => (a as number) > (b as number),
  ge: (_fail, a, b) => (a as number) >= (b as number),
  not: (_fail, value) => !isTrue(value),
  and: (_fail, ...values) => values.find((value) => !isTrue(value)) ?? values.at(-1),
  or: (_fail, ...values) => values.find(isTrue) ?? values.at(-1),
};

/** Calls one by name. */
export function call(name: string, args: readonly unknown[], fail: Fail): unknown {
  if (!Object.hasOwn(functions, name)) throw fail(`function "${name}" not defined`);
  return functions[name]!(fail, ...args);
}

function entry(base: unknown, key: unknown, fail: Fail): unknown {
  if (Array.isArray(base)) {
    if (typeof key !== 'number' || !(key in base))
      throw fail(`error calling index: index out of range: ${goText(key)}`);
    return base[key];
  }
  if (typeof base !== 'object' || base === null) throw fail('error calling index: index of untyped nil');
  return Object.hasOwn(base, String(key)) ? (base as Record<string, unknown>)[String(key)] : '';
}
