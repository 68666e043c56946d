/**
 * The values of templates. They are those of JSON, and what Go tells apart and JavaScript does not: a whole number is an int,
 * null is nothing at all (`<no value>`).
 */

/** A float64 that might be whole. */
export class Float {
  constructor(readonly value: number) {}
}

/** A number of JSON of which nobody has said what type it has: to Go it is a string (json.Number). */
export class JsonNumber {
  constructor(readonly text: string) {}
}

/** A list, a map or a pointer that nobody has filled. It is empty, and null in JSON. */
export class Nil {
  constructor(readonly of: 'list' | 'map' | 'pointer') {}
}

/** Under this an object says what it is; one that does not is a map that lacks nothing that is asked for. */
export const shape = Symbol('shape');

export type Shape =
  /** A struct. */
  | {
      readonly kind: 'struct';
      readonly type?: string;
      /** What stands for fields that are left out of the JSON. */
      readonly lacks?: Readonly<Record<string, unknown>>;
      /** Fields that are called otherwise in JSON. */
      readonly names?: Readonly<Record<string, string>>;
      /** Whether it is a row of a list, whose JSON Docker writes in a way of its own. */
      readonly isRow?: boolean;
    }
  /** A map, and what `index` has for a key that it lacks; the type of its keys, if it is not string. */
  | { readonly kind: 'map'; readonly zero: unknown; readonly key?: string }
  /** A list of anything, or a map of anything in which every key that is asked for has to be. */
  | { readonly kind: 'strict' };

export type Fields = Readonly<Record<string, unknown>> & { readonly [shape]?: Shape };

/** The same object, which says what it is. */
export const shaped = <T extends object>(value: T, as: Shape): T =>
  Object.defineProperty(value, shape, { value: as, configurable: true });

/** Whether a list or a map is of anything. */
export const isLoose = (value: unknown): boolean => (value as { [shape]?: Shape })[shape]?.kind === 'strict';

export const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && kindOf(value) === 'fields';

export const isStruct = (value: unknown): boolean => isFields(value) && value[shape]?.kind === 'struct';

export type Kind = 'nothing' | 'nil' | 'bool' | 'int' | 'float' | 'string' | 'list' | 'fields' | 'method';

export function kindOf(value: unknown): Kind {
  if (value === null || value === undefined) return 'nothing';
  if (value instanceof Nil) return value.of === 'pointer' ? 'nil' : value.of === 'list' ? 'list' : 'fields';
  if (value instanceof Float) return 'float';
  if (value instanceof JsonNumber || typeof value === 'string') return 'string';
  if (typeof value === 'boolean') return 'bool';
  if (typeof value === 'function') return 'method';
  if (typeof value === 'bigint') return 'int';
  if (typeof value === 'number') return Number.isInteger(value) ? 'int' : 'float';
  return Array.isArray(value) ? 'list' : 'fields';
}

const typeNames: Readonly<Record<Kind, string>> = {
  ...{ nothing: '<nil>', nil: '*interface {}', bool: 'bool', int: 'int', float: 'float64', string: 'string' },
  ...{ list: '[]interface {}', fields: 'map[string]interface {}', method: 'func(string) string' },
};

/** As errors and `%T` name it. */
export function typeOf(value: unknown): string {
  if (value instanceof JsonNumber) return 'json.Number';
  return structType(value)?.replace(/^\*/, '') ?? typeNames[kindOf(value)];
}

/** The name of a struct, with a star if it is known by a pointer. */
export function structType(value: unknown): string | undefined {
  const own = isFields(value) ? value[shape] : undefined;
  return own?.kind === 'struct' ? own.type : undefined;
}

/** What `if` takes for true: everything but false, 0, nothing, and what is empty. */
export function isTrue(value: unknown): boolean {
  if (value instanceof Nil) return false;
  const kind = kindOf(value);
  if (kind === 'string') return textOf(value) !== '';
  if (kind === 'int' || kind === 'float') return Number(numberOf(value)) !== 0;
  if (kind === 'list') return itemsOf(value).length > 0;
  if (kind === 'fields') return isStruct(value) || keysOf(value as Fields).length > 0;
  return Boolean(value);
}

/** The text of a string. */
export const textOf = (value: unknown): string => (value instanceof JsonNumber ? value.text : String(value));

/** The number of an int or a float. */
export const numberOf = (value: unknown): number | bigint =>
  value instanceof Float ? value.value : (value as number | bigint);

export const itemsOf = (list: unknown): readonly unknown[] => (list instanceof Nil ? [] : (list as unknown[]));

/** A method is no entry. */
export const hasKey = (map: Fields, key: string): boolean =>
  !(map instanceof Nil) && Object.hasOwn(map, key) && kindOf(map[key]) !== 'method';

/** In Go's order, that of the bytes. A method is none. */
export function keysOf(map: Fields): string[] {
  if (map instanceof Nil) return [];
  const names = Object.keys(map).filter((name) => kindOf(map[name]) !== 'method');
  return names.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
}

/** Go counts bytes, and cuts between any two. */
export const bytesOf = (value: unknown): Buffer => Buffer.from(textOf(value));
