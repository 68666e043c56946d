/**
 * `/etc/drydock/daemon.json`: what an administrator says once and for all. Docker's keys; one that is none of them is
 * refused, because a misspelled one would be silently obeyed by nobody.
 */
import { readFileSync } from 'node:fs';
import * as v from 'valibot';
import { DrydockError } from '../errors.ts';
import { didYouMean } from '../nearest.ts';
import { parseDocument, validate } from '../validation.ts';
import { keyOf, names, table, type Settings } from './settings.ts';

export const CONFIG_FILE = '/etc/drydock/daemon.json';

const kinds = {
  text: v.string(),
  list: v.array(v.string()),
  flag: v.boolean(),
  pairs: v.record(v.string(), v.string()),
};
const schema = v.looseObject(
  Object.fromEntries(names.map((name) => [keyOf(name), v.optional(kinds[table[name].kind] as v.GenericSchema)])),
);

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
  refuseUnknown(path, Object.keys(value));
  const said = names.filter((name) => value[keyOf(name)] !== undefined);
  return Object.fromEntries(said.map((name) => [name, value[keyOf(name)]])) as Settings;
}

function refuseUnknown(path: string, keys: readonly string[]): void {
  const known = names.map(keyOf);
  const unknown = keys.filter((key) => !known.includes(key));
  if (unknown.length === 0) return;
  const which = `the following directives don't match any configuration option: ${unknown.join(', ')}`;
  throw new DrydockError('ENGINE', `${path}: ${which}`, { hint: didYouMean(unknown[0]!, known) });
}
