/** Whether an argument is of the type that a function takes. */
import type { Wrong } from './fields.ts';
import type { Operand } from './nodes.ts';
import { Float, isLoose, itemsOf, kindOf, JsonNumber, Nil, typeOf } from './values.ts';

/** Go's types, as far as functions of templates ask for them. */
export type Wanted = 'any' | 'string' | 'int' | '[]string';

/** The argument. `operand` is undefined when a pipe has brought it. */
export function checked(value: unknown, wanted: Wanted, operand: Operand | undefined, wrong: Wrong): unknown {
  if (wanted === 'any') return value;
  if (operand?.kind === 'nil' && wanted !== '[]string') throw wrong(`cannot assign nil to ${wanted}`);
  if (operand?.kind === 'constant') return constant(value, wanted, operand.text, wrong);
  if (kindOf(value) === 'nothing') {
    if (wanted === '[]string') return [];
    throw wrong(`invalid value; expected ${wanted}`);
  }
  if (!fits(value, wanted)) throw wrong(`wrong type for value; expected ${wanted}; got ${typeOf(value)}`);
  return value;
}

/** A whole number is an int here, however it is written. */
function constant(value: unknown, wanted: Wanted, text: string, wrong: Wrong): unknown {
  if (wanted === '[]string') throw wrong(`can't handle ${text} for arg of type []string`);
  if (wanted === 'int' && value instanceof Float && Number.isInteger(value.value)) return value.value;
  if (!fits(value, wanted)) throw wrong(`expected ${wanted === 'int' ? 'integer' : wanted}; found ${text}`);
  return value;
}

function fits(value: unknown, wanted: Wanted): boolean {
  if (wanted === 'string') return kindOf(value) === 'string' && !(value instanceof JsonNumber);
  if (wanted === 'int') return kindOf(value) === 'int';
  if (value instanceof Nil) return value.of === 'list';
  if (isLoose(value)) return false;
  return kindOf(value) === 'list' && itemsOf(value).every((item) => typeof item === 'string');
}
