/**
 * `RUN --mount=type=cache,target=/root/.npm,sharing=locked`: comma-separated fields, as CSV has them (RFC 4180).
 *
 * A field may hold a variable, and then it is known only in its step what it says. So a mount is read twice: with the
 * Dockerfile, where a field with `$` passes as it is, and again by `expandInstruction`.
 * https://docs.docker.com/reference/dockerfile/#run---mount
 */
import { amountOf } from '../../amount.ts';
import { didYouMean } from '../../nearest.ts';
import { DrydockError } from '../../errors.ts';
import type { RunMount } from './dockerfile.ts';
import { cut } from './statement.ts';
import { shown } from './wrong.ts';

type Writable = { -readonly [Key in keyof RunMount]: RunMount[Key] };
type Type = RunMount['type'];

const types: readonly Type[] = ['bind', 'cache', 'tmpfs', 'secret', 'ssh'];
const sharings = ['shared', 'private', 'locked'] as const;

/** What may stand for a field's name. */
const synonyms: Readonly<Record<string, string>> = {
  src: 'source',
  dst: 'target',
  destination: 'target',
  ro: 'readonly',
  rw: 'readwrite',
};

/** Which types have a field; the others all have it. */
const only: Readonly<Record<string, readonly Type[]>> = {
  required: ['secret', 'ssh'],
  env: ['secret'],
  size: ['tmpfs'],
  sharing: ['cache'],
  mode: ['cache', 'secret', 'ssh'],
  uid: ['cache', 'secret', 'ssh'],
  gid: ['cache', 'secret', 'ssh'],
  from: ['bind', 'cache'],
};

const others = ['type', 'source', 'target', 'readonly', 'readwrite', 'id'];

/** The mount that a flag's value describes. `expanded` does a field's variables. Throws DOCKERFILE_INVALID. */
export function readMount(written: string, expanded?: (value: string) => string): RunMount {
  const fields = fieldsOf(written).map((field) => {
    const [name, value] = cut(field);
    const lower = name.trim().toLowerCase();
    return { name: synonyms[lower] ?? lower, value: value !== undefined && expanded ? expanded(value) : value };
  });
  const type = fields.find(({ name }) => name === 'type')?.value?.toLowerCase() ?? 'bind';
  if (!isIn(types, type)) throw invalid(`unknown mount type ${shown(type)}`, didYouMean(type, types));
  const isWritable = type === 'cache' || type === 'tmpfs';
  const mount: Writable = { written, type, readonly: !isWritable, required: false };
  for (const { name, value } of fields) setField(mount, name, value, expanded !== undefined);
  return complete(mount);
}

function setField(mount: Writable, name: string, value: string | undefined, isExpanded: boolean): void {
  const allowed = only[name];
  if (!allowed && !others.includes(name))
    throw invalid(`a mount has no field ${shown(name)}`, didYouMean(name, [...others, ...Object.keys(only)]));
  if (allowed && !allowed.includes(mount.type))
    throw invalid(`a mount of type ${mount.type} has no ${name}`, `it is for ${allowed.join(', ')}`);
  if (name === 'readonly') mount.readonly = truthOf(name, value);
  else if (name === 'readwrite') mount.readonly = !truthOf(name, value);
  else if (name === 'required') mount.required = truthOf(name, value);
  else if (value === undefined) throw invalid(`${shown(name)} has no value`, `it is written ${name}=…`);
  else if (name === 'from' && value.includes('$'))
    throw invalid(
      `from=${value}: stages are known before any variable`,
      'FROM has one: FROM $IMAGE AS name, and from=name',
    );
  else if (value.includes('$') && !isExpanded) setText(mount, name, value);
  else if (name === 'sharing') mount.sharing = sharingOf(value);
  else if (name === 'size') mount.size = amountOf('size', value);
  else if (name === 'mode') mount.mode = numberOf(name, value, /^[0-7]{1,4}$/, 8);
  else if (name === 'uid' || name === 'gid') mount[name] = numberOf(name, value, /^\d{1,10}$/, 10);
  else setText(mount, name, value);
}

/** Fields that are text. A number that is still a variable is no number yet, and is left out until it is one. */
function setText(mount: Writable, name: string, value: string): void {
  if (name === 'source' || name === 'target' || name === 'from' || name === 'id' || name === 'env') mount[name] = value;
}

function complete(mount: RunMount): RunMount {
  const { type, source, target, id, env } = mount;
  if (type === 'secret' && source === undefined && target === undefined && id === undefined && env === undefined)
    throw invalid('a secret without id', 'say which one: --mount=type=secret,id=…');
  if (type !== 'secret' && type !== 'ssh' && target === undefined)
    throw invalid(`a mount of type ${type} without target`, 'say where it shall be: target=/path');
  return mount;
}

function truthOf(name: string, value: string | undefined): boolean {
  if (value === undefined || /^(1|t|true)$/i.test(value)) return true;
  if (/^(0|f|false)$/i.test(value)) return false;
  throw invalid(`${name} is ${shown(value)}`, 'it is true or false');
}

function sharingOf(value: string): NonNullable<RunMount['sharing']> {
  const sharing = value.toLowerCase();
  if (isIn(sharings, sharing)) return sharing;
  throw invalid(`unknown sharing ${shown(value)}`, didYouMean(value, sharings));
}

function numberOf(name: string, value: string, digits: RegExp, radix: number): number {
  if (digits.test(value)) return Number.parseInt(value, radix);
  throw invalid(`${name} is ${shown(value)}`, radix === 8 ? 'it is octal, 0400' : 'it is a number');
}

/** A comma in double quotes parts nothing, and a doubled quote there is one. */
function fieldsOf(text: string): string[] {
  const fields = [''];
  let isQuoted = false;
  for (let index = 0; index < text.length; index++) {
    const character = text[index]!;
    const last = fields.length - 1;
    if (character === '"' && isQuoted && text[index + 1] === '"') fields[last] += text[++index]!;
    else if (character === '"') isQuoted = !isQuoted;
    else if (character === ',' && !isQuoted) fields.push('');
    else fields[last] += character;
  }
  if (isQuoted) throw invalid('the closing " is missing', `in ${shown(text)}`);
  return fields;
}

function isIn<T extends string>(list: readonly T[], word: string): word is T {
  return (list as readonly string[]).includes(word);
}

function invalid(message: string, hint: string): DrydockError {
  return new DrydockError('DOCKERFILE_INVALID', message, { hint });
}
