/** Fields of structs, and entries of maps by `.Name`. */
import type { TemplateError } from './errors.ts';
import { isFields, kindOf, Nil, shape, structType, typeOf, type Fields } from './values.ts';

export type Wrong = (why: string) => TemplateError;

interface Manner {
  /** What the value is called, if not by its type. */
  readonly type: string | undefined;
  readonly isRaw: boolean;
  /** How many arguments stand behind it. */
  readonly given: number;
}

/** Undefined where nothing is asked of nothing, or a map lacks the key. */
export function fieldOf(value: unknown, name: string, wrong: Wrong, { type, isRaw, given }: Manner): unknown {
  if (kindOf(value) === 'nothing') {
    if (value === null && isRaw) throw wrong(`nil pointer evaluating interface {}.${name}`);
    if (isRaw) throw wrong(`nil data; no entry for key ${JSON.stringify(name)}`);
    return undefined;
  }
  if (value instanceof Nil && value.of === 'pointer') throw wrong(`nil pointer evaluating ${typeOf(value)}.${name}`);
  if (!isFields(value)) throw wrong(`can't evaluate field ${name} in type ${type ?? typeOf(value)}`);
  const known = nameIn(value, name);
  const isThere = !(value instanceof Nil) && Object.hasOwn(value, known) && !hasOtherKeys(value);
  const found = isThere ? value[known] : missing(value, name, wrong);
  if (given > 0 && kindOf(found) !== 'method') throw wrong(tooMany(value, name, given));
  return found;
}

/** Whether it is a map whose keys are no texts for Go. */
function hasOtherKeys(value: Fields): boolean {
  const own = value[shape];
  return own?.kind === 'map' && own.key !== undefined;
}

/** The fields of a row are functions for Go. */
function tooMany(value: Fields, name: string, given: number): string {
  const own = value[shape];
  const isRow = own?.kind === 'struct' && own.isRow;
  return isRow ? `wrong number of args for ${name}: want 0 got ${given}` : `${name} is not a method but has arguments`;
}

/** What the field is called in JSON. One that has another name in Go is not known by that of JSON. */
function nameIn(value: Fields, name: string): string {
  const own = value[shape];
  const names = own?.kind === 'struct' ? own.names : undefined;
  if (!names) return name;
  if (Object.hasOwn(value, name)) return Object.values(names).includes(name) ? '' : name;
  return (Object.hasOwn(names, name) && names[name]) || name;
}

function missing(value: Fields, name: string, wrong: Wrong): unknown {
  const own = value[shape];
  if (!hasOtherKeys(value) && (value instanceof Nil || own?.kind === 'map')) return undefined;
  if (own?.kind === 'strict') throw wrong(`map has no entry for key ${JSON.stringify(name)}`);
  if (own?.kind === 'struct' && own.lacks && Object.hasOwn(own.lacks, name)) return own.lacks[name];
  throw wrong(`can't evaluate field ${name} in type ${structType(value) ?? typeOf(value)}`);
}
