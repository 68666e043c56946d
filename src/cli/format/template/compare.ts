/** `eq` and `lt`: only what is of one kind can be compared. */
import { CallError } from './errors.ts';
import { goText } from './printf.ts';
import { bytesOf, kindOf, Nil, numberOf, structType, textOf, typeOf, type Kind } from './values.ts';

const basic: ReadonlySet<Kind> = new Set(['bool', 'int', 'float', 'string']);

export function isEqual(a: unknown, b: unknown): boolean {
  const [kind, other] = [kindOf(a), kindOf(b)];
  const isBasic = basic.has(kind);
  if (isBasic || basic.has(other)) {
    if (kind === other) return kind === 'string' ? textOf(a) === textOf(b) : same(a, b);
    if (kind === 'nothing' || other === 'nothing') return false;
    throw new CallError('incompatible types for comparison');
  }
  if (isNil(a) || isNil(b)) return isNil(a) === isNil(b);
  if (isPointer(a) && isPointer(b)) return a === b;
  throw new CallError(`non-comparable type ${goText(a)}: ${typeOf(b)}`);
}

/** A number may be too long for a number of JavaScript; it is a bigint then, and `===` is for one kind only. */
const same = (a: unknown, b: unknown): boolean => numberOf(a) <= numberOf(b) && numberOf(a) >= numberOf(b);

const isNil = (value: unknown): boolean => kindOf(value) === 'nothing' || value instanceof Nil;

/** A row of a list, for Go, is where it lies. */
const isPointer = (value: unknown): boolean => structType(value)?.startsWith('*') ?? false;

export function isLess(a: unknown, b: unknown): boolean {
  const [kind, other] = [kindOf(a), kindOf(b)];
  if (!basic.has(kind) || !basic.has(other)) throw new CallError('invalid type for comparison');
  if (kind !== other) throw new CallError('incompatible types for comparison');
  if (kind === 'bool') throw new CallError('invalid type for comparison');
  return kind === 'string' ? Buffer.compare(bytesOf(a), bytesOf(b)) < 0 : numberOf(a) < numberOf(b);
}
