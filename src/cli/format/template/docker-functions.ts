/** What Docker adds to Go's functions (docker/cli, templates/templates.go). */
import { CallError } from './errors.ts';
import type { GoFunction } from './functions.ts';
import {
  bytesOf,
  Float,
  isLoose,
  itemsOf,
  JsonNumber,
  keysOf,
  kindOf,
  Nil,
  shape,
  shaped,
  textOf,
  typeOf,
  type Fields,
} from './values.ts';

const onText = (run: (text: string) => unknown): GoFunction => ({
  takes: ['string'],
  run: (text) => run(textOf(text)),
});

/** A sign whose big one is two, as that of ß, stays as it is. */
const big = (sign: string): string => ([...sign.toUpperCase()].length === 1 ? sign.toUpperCase() : sign);
const upper = (text: string): string => [...text].map(big).join('');
const title = (text: string): string => text.replace(/(?<=^|\s|[^\p{L}\p{N}_\u0080-\u{10ffff}])\p{L}/gu, big);

export const dockerFunctions: Readonly<Record<string, GoFunction>> = {
  json: { takes: ['any'], run: jsonText },
  upper: onText(upper),
  lower: onText((text) => text.toLowerCase()),
  title: onText(title),
  split: {
    takes: ['string', 'string'],
    run: (text, by) => (by === '' ? [...textOf(text)] : textOf(text).split(textOf(by))),
  },
  join: { takes: ['[]string', 'string'], run: (list, between) => itemsOf(list).join(textOf(between)) },
  pad: { takes: ['string', 'int', 'int'], run: padded },
  truncate: { takes: ['string', 'int'], run: truncated },
};

/** In the headings of a table the names stay as they are, but for blanks around them. */
const unchanged = { run: (heading: unknown) => heading };
export const headingFunctions: Readonly<Record<string, GoFunction>> = {
  ...{ json: { takes: ['string'], ...unchanged }, upper: { takes: ['string'], ...unchanged } },
  ...{ lower: { takes: ['string'], ...unchanged }, title: { takes: ['string'], ...unchanged } },
  ...{ split: { takes: ['string', 'string'], ...unchanged }, join: { takes: ['string', 'string'], ...unchanged } },
  truncate: { takes: ['string', 'int'], ...unchanged },
};

/** Go makes longer ones as long as there is memory; a string of JavaScript can have some times as many signs in all. */
const MOST_BLANKS = 2 ** 24;

/** What is empty is not padded. */
function padded(text: unknown, before: unknown, after: unknown): string {
  if (text === '') return '';
  const blanks = [before, after].map(Number);
  if (blanks.some((count) => count < 0)) throw new CallError('strings: negative Repeat count');
  if (blanks.some((count) => count > MOST_BLANKS)) throw new CallError('runtime error: makeslice: len out of range');
  return ' '.repeat(blanks[0]!) + textOf(text) + ' '.repeat(blanks[1]!);
}

function truncated(text: unknown, length: unknown): string {
  const most = Number(length);
  if (most < 0) throw new CallError(`runtime error: slice bounds out of range [:${most}]`);
  return bytesOf(text).subarray(0, most).toString();
}

/** As Go writes it: maps in the order of their keys, structs in their own. */
export function jsonText(value: unknown): string {
  if (value instanceof JsonNumber) return value.text;
  if (value instanceof Float) return String(value.value);
  if (value instanceof Nil || kindOf(value) === 'nothing') return 'null';
  if (typeof value === 'bigint') return String(value);
  if (kindOf(value) === 'method') throw new CallError(`json: unsupported type: ${typeOf(value)}`);
  if (Array.isArray(value)) return `[${value.map(jsonText).join(',')}]`;
  if (typeof value !== 'object')
    return JSON.stringify(value).replace(/[\u2028\u2029]/g, (sign) => `\\u${sign.charCodeAt(0).toString(16)}`);
  const own = (value as Fields)[shape];
  return own?.kind === 'struct' && own.isRow ? rowText(value as Fields) : fieldsText(value as Fields);
}

function fieldsText(fields: Fields): string {
  const isSorted = fields[shape]?.kind === 'map' || isLoose(fields);
  const names = isSorted ? keysOf(fields) : Object.keys(fields).filter((name) => kindOf(fields[name]) !== 'method');
  return `{${names.map((name) => `${jsonText(name)}:${jsonText(fields[name])}`).join(',')}}`;
}

/** A row of a list has been written before, for a page of HTML: its names are in order, and no sign is taken for a tag. */
const rowText = (row: Fields): string =>
  fieldsText(shaped({ ...row }, { kind: 'map', zero: '' })).replace(
    /[<>&]/g,
    (sign) => `\\u00${sign.charCodeAt(0).toString(16)}`,
  );
