/** The functions of templates, and how Go prints and judges values (template.ts). */

type Fail = (why: string) => Error;

/** A value as Go's fmt prints it with %v. */
export function goText(value: unknown): string {
  if (value === null || value === undefined) return '<no value>';
  if (Array.isArray(value)) return `[${value.map(goText).join(' ')}]`;
  if (typeof value !== 'object') return String(value);
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `map[${entries.map(([name, one]) => `${name}:${goText(one)}`).join(' ')}]`;
}

/** What `if` takes for true: everything but false, 0, nothing, and what is empty. */
export function isTrue(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0;
  if (typeof value === 'object' && value !== null) return Object.keys(value).length > 0;
  return Boolean(value);
}

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);
const title = (text: string): string => text.replace(/(?<![\p{L}\p{N}])\p{L}/gu, (letter) => letter.toUpperCase());

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
  println: (_fail, ...values) => `${values.map(goText).join(' ')}\n`,
  print: (_fail, ...values) => values.map(goText).join(' '),
  printf: (_fail, form, ...values) => String(form).replace(/%[-+ #0-9.]*[vsdqt]/g, () => goText(values.shift())),
  len: (fail, value) => {
    if (typeof value === 'string') return Buffer.byteLength(value);
    if (typeof value === 'object' && value !== null) return Object.keys(value).length;
    throw fail('len of nothing');
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
