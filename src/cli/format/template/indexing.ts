/** `index`, `slice` and `len`. A string is a row of bytes. */
import { CallError } from './errors.ts';
import { bytesOf, hasKey, isStruct, itemsOf, keysOf, kindOf, shape, typeOf, type Fields } from './values.ts';

export function lengthOf(value: unknown): number {
  switch (kindOf(value)) {
    case 'string':
      return bytesOf(value).length;
    case 'list':
      return itemsOf(value).length;
    case 'fields':
      if (isStruct(value)) throw new CallError(`len of type ${typeOf(value)}`);
      return keysOf(value as Fields).length;
    case 'nothing':
      throw new CallError('reflect: call of reflect.Value.Type on zero Value');
    case 'nil':
      throw new CallError('len of nil pointer');
    default:
      throw new CallError(`len of type ${typeOf(value)}`);
  }
}

/** `index .X 1 "a"` is X[1]["a"]. */
export function indexed(value: unknown, ...keys: readonly unknown[]): unknown {
  if (kindOf(value) === 'nothing') throw new CallError('index of untyped nil');
  return keys.reduce(entry, value);
}

function entry(base: unknown, key: unknown): unknown {
  switch (kindOf(base)) {
    case 'string':
    case 'list': {
      const isString = kindOf(base) === 'string';
      const items = isString ? bytesOf(base) : itemsOf(base);
      const at = position(key, items.length);
      // Go looks at this one twice, and the second look has other words.
      if (at === items.length) throw new CallError(`reflect: ${isString ? 'string' : 'slice'} index out of range`);
      return items[at];
    }
    case 'fields':
      if (isStruct(base)) throw new CallError(`can't index item of type ${typeOf(base)}`);
      return entryOf(base as Fields, key);
    case 'nothing':
    case 'nil':
      throw new CallError('index of nil pointer');
    default:
      throw new CallError(`can't index item of type ${typeOf(base)}`);
  }
}

function entryOf(map: Fields, key: unknown): unknown {
  if (kindOf(key) === 'nothing') throw new CallError('value is nil; should be of type string');
  const own = map[shape];
  const wanted = (own?.kind === 'map' && own.key) || 'string';
  if (typeof key !== 'string' || wanted !== 'string')
    throw new CallError(`value has type ${typeOf(key)}; should be ${wanted}`);
  if (hasKey(map, key)) return map[key];
  return own?.kind === 'map' ? own.zero : null;
}

/** `slice .X 1 3`: from the second to the third; the third index of Go is how far the list might grow. */
export function part(value: unknown, ...indexes: readonly unknown[]): unknown {
  if (kindOf(value) === 'nothing') throw new CallError('slice of untyped nil');
  if (indexes.length > 3) throw new CallError(`too many slice indexes: ${indexes.length}`);
  const isString = kindOf(value) === 'string';
  if (!isString && kindOf(value) !== 'list') throw new CallError(`can't slice item of type ${typeOf(value)}`);
  if (isString && indexes.length === 3) throw new CallError('cannot 3-index slice a string');
  const items = isString ? bytesOf(value) : itemsOf(value);
  const [from = 0, to = items.length, most = to] = indexes.map((index) => position(index, capacity(items, isString)));
  if (from > to) throw new CallError(`invalid slice index: ${from} > ${to}`);
  if (to > most) throw new CallError(`invalid slice index: ${to} > ${most}`);
  return isString ? bytesOf(value).subarray(from, to).toString() : itemsOf(value).slice(from, to);
}

/** Lists that are read from JSON have room for a power of two, and Go lets a slice reach into it. */
const capacity = (items: { readonly length: number }, isString: boolean): number =>
  isString || items.length === 0 ? items.length : 2 ** Math.ceil(Math.log2(items.length));

function position(index: unknown, end: number): number {
  if (kindOf(index) === 'nothing') throw new CallError('cannot index slice/array with nil');
  if (kindOf(index) !== 'int') throw new CallError(`cannot index slice/array with type ${typeOf(index)}`);
  if (Number(index) < 0 || Number(index) > end) throw new CallError(`index out of range: ${String(index)}`);
  return Number(index);
}
