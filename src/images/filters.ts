/**
 * `--filter`, as Docker's API has it: `{ "label": ["a=b"], "dangling": ["true"] }`. Of several values of one key any may
 * hold, but all labels must; of several keys all must.
 */
import { DrydockError } from '../errors.ts';
import { parseBool } from '../go-bool.ts';
import { familiar, familiarRepository, parseReference, printReference, type Reference } from '../registry/reference.ts';

export type Filters = Readonly<Record<string, readonly string[]>>;

/** `KEY=VALUE` each. Throws BAD_USAGE for a key that is not one of these. */
export function parseFilters(texts: readonly string[], known: readonly string[]): Filters {
  const filters: Record<string, string[]> = {};
  for (const text of texts) {
    const cut = text.indexOf('=');
    const key = text.slice(0, Math.max(cut, 0)).trim().toLowerCase();
    if (cut < 1) throw new DrydockError('BAD_USAGE', `'${text}' is no filter`, { hint: 'a filter is KEY=VALUE' });
    (filters[key] ??= []).push(text.slice(cut + 1).trim());
  }
  checkFilters(filters, known);
  return filters;
}

/** Throws BAD_USAGE for a key that nobody would obey. */
export function checkFilters(filters: Filters, known: readonly string[]): void {
  const unknown = Object.keys(filters).find((key) => !known.includes(key));
  if (unknown !== undefined)
    throw new DrydockError('BAD_USAGE', `invalid filter '${unknown}'`, { hint: `there are: ${known.join(', ')}` });
}

/** A filter that is yes or no; undefined when nobody asks. Throws BAD_USAGE. */
export function flagOf(filters: Filters, key: string): boolean | undefined {
  const text = filters[key]?.at(-1);
  if (text === undefined) return undefined;
  const value = parseBool(text);
  if (value !== undefined) return value;
  throw new DrydockError('BAD_USAGE', `invalid filter '${key}=${text}'`, { hint: `${key}=true or ${key}=false` });
}

/** Whether all of `NAME` and `NAME=VALUE` are among the labels. */
export function hasLabels(labels: Readonly<Record<string, string>> | undefined, wanted: readonly string[]): boolean {
  return wanted.every((text) => {
    const [name = '', ...value] = text.split('=');
    if (!labels || !Object.hasOwn(labels, name)) return false;
    return value.length === 0 || labels[name] === value.join('=');
  });
}

/** Whether a name fits a pattern with `*`, `?` and `[…]`, which never mean a slash: `*box:1.*`, `localhost:5000/*`. */
export function fitsPattern(name: string, pattern: string): boolean {
  const reference = parseReference(name);
  const repository: Reference = { domain: reference.domain, path: reference.path };
  const forms = [
    familiar(reference),
    familiarRepository(reference),
    printReference(reference),
    printReference(repository),
  ];
  const expression = patternOf(pattern);
  return forms.some((form) => expression.test(form));
}

function patternOf(pattern: string): RegExp {
  const source = pattern.replace(/\[(\^?)([^\]]+)\]|[\s\S]/g, (text, not: string, set: string | undefined) => {
    if (set !== undefined) return `[${not}${set.replace(/[\\\]]/g, '\\$&')}]`;
    if (text === '*') return '[^/]*';
    if (text === '?') return '[^/]';
    return text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
  });
  return new RegExp(`^${source}$`);
}
