/**
 * `/etc/drydock/daemon.json`: what an administrator says once and for all. Docker's keys; one that is none of them is
 * refused, because a misspelled one would be silently obeyed by nobody.
 */
import { readFileSync } from 'node:fs';
import * as v from 'valibot';
import { DrydockError } from '../errors.ts';
import { didYouMean } from '../nearest.ts';
import { parseDocument, validate } from '../validation.ts';
import { strangers } from './docker-keys.ts';
import { groupOf, keyOf, names, table, type Name, type Settings } from './settings.ts';

export const CONFIG_FILE = '/etc/drydock/daemon.json';

const kinds = {
  text: v.string(),
  list: v.array(v.string()),
  flag: v.boolean(),
  pairs: v.record(v.string(), v.string()),
  number: v.number(),
  ulimits: v.pipe(
    v.record(v.string(), v.object({ Name: v.optional(v.string()), Soft: v.number(), Hard: v.number() })),
    v.transform((all) => Object.entries(all).map(([Name, { Soft, Hard }]) => ({ Name, Soft, Hard }))),
  ),
  pools: v.array(v.object({ base: v.string(), size: v.number() })),
};
const fieldsOf = (group: string | undefined): Record<string, v.GenericSchema> =>
  Object.fromEntries(
    names
      .filter((name) => groupOf(name) === group)
      .map((name) => [keyOf(name), v.optional(kinds[table[name].kind] as v.GenericSchema)]),
  );
const groups = [...new Set(names.flatMap((name) => groupOf(name) ?? []))];
const schema = v.looseObject({
  ...fieldsOf(undefined),
  ...Object.fromEntries(groups.map((group) => [group, v.optional(v.looseObject(fieldsOf(group)))])),
});

type Said = Readonly<Record<string, unknown>>;

/** Throws ENGINE; a file that is not there says nothing, unless somebody has named it. */
export function readConfigFile(path: string, isNamed: boolean): Settings {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT' && !isNamed) return {};
    throw new DrydockError('ENGINE', `${path} cannot be read: ${(cause as Error).message}`, { cause });
  }
  const complaint = {
    code: 'ENGINE',
    hint: 'the keys are those of Docker’s daemon.json; see: drydock daemon --help',
  } as const;
  const value = validate(schema, parseDocument(text, path, complaint), path, complaint);
  refuseUnknown(path, value);
  const valueOf = (name: Name): unknown => {
    const group = groupOf(name);
    return (group === undefined ? value : (value[group] as Said | undefined))?.[keyOf(name)];
  };
  const said = names.filter((name) => valueOf(name) !== undefined);
  return Object.fromEntries(said.map((name) => [name, valueOf(name)]));
}

function refuseUnknown(path: string, value: Said): void {
  const known = [...names.filter((name) => !groupOf(name)).map(keyOf), ...groups];
  const more = Object.fromEntries(Object.entries(value).filter(([key]) => !known.includes(key)));
  refuse(path, strangers(path, more), known);
  for (const group of groups) {
    const inside = names.filter((name) => groupOf(name) === group).map(keyOf);
    const unknown = Object.keys(value[group] ?? {}).filter((key) => !inside.includes(key));
    refuse(`${path}: ${group}`, unknown, inside);
  }
}

function refuse(where: string, unknown: readonly string[], known: readonly string[]): void {
  if (unknown.length === 0) return;
  const which = `the following directives don't match any configuration option: ${unknown.join(', ')}`;
  throw new DrydockError('ENGINE', `${where}: ${which}`, { hint: didYouMean(unknown[0]!, known) });
}
