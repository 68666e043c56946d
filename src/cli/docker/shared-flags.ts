/** Options that several verbs have, and what becomes of them. */
import type { Query } from '../../client/client.ts';
import { integer, list, text, toggle, type Flag, type Values } from './flags.ts';

export const quiet = (about: string): Flag<boolean> => toggle(about, { short: 'q' });
export const force = (about: string): Flag<boolean> => toggle(about, { short: 'f' });
export const noTrunc = toggle('whole ids and words');
export const format = text("table, json, or a template as in '{{.ID}} {{.Names}}'");
export const detachKeys = text('keys that leave the container running, as in ctrl-p,ctrl-q');
export const trust = toggle('there is no content trust here: taken for the sake of scripts', {
  fallback: true,
  isHidden: true,
});

/** `--filter KEY=VALUE`, several times, where a list is shown. */
export const filter = (short?: string): Flag<string[]> => filterAbout('KEY=VALUE, which rows to keep', short);

/** The same where something goes. */
export const pruneFilter = (...keys: readonly (keyof typeof pruneKeys)[]): Flag<string[]> =>
  filterAbout(`only what fits: ${keys.map((key) => pruneKeys[key]).join(', ')}`);

/** What engines take of a `prune`, each key as a person writes it. */
const pruneKeys = {
  dangling: 'dangling=false (as --all)',
  label: 'label=NAME[=VALUE]',
  'label!': 'label!=NAME[=VALUE] (without it)',
  until: 'until=24h (older; also a date)',
};

const filterAbout = (about: string, short?: string): Flag<string[]> =>
  list(about, {
    short,
    kind: 'filter',
    check(word) {
      if (!word.includes('=')) throw new Error('bad format of filter (expected name=value)');
    },
  });

/** Filters as the API takes them: `{"status":{"running":true}}`. */
export function filtersOf(words: readonly string[], more: Readonly<Record<string, string>> = {}): Query {
  const all: Record<string, Record<string, boolean>> = {};
  const add = (key: string, value: string): void => void ((all[key] ??= {})[value] = true);
  for (const [key, value] of Object.entries(more)) add(key, value);
  for (const word of words) {
    const equals = word.indexOf('=');
    add(word.slice(0, equals).trim().toLowerCase(), word.slice(equals + 1).trim());
  }
  return { filters: Object.keys(all).length === 0 ? undefined : JSON.stringify(all) };
}

/** How a container is to end: stop, restart. */
export const ending = {
  signal: text('the signal that asks it to end', { short: 's' }),
  timeout: integer('seconds until it is killed', { short: 't' }),
  time: integer('as --timeout', { isHidden: true }),
};

export function endingQuery({ signal, timeout, time }: Values<typeof ending>): Query {
  return { signal, t: timeout ?? time };
}

/** For one thing, where there is no table. */
export const templateOf = text("json, or a template as in '{{.Config.Env}}'", { short: 'f' });
