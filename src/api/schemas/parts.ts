/**
 * What the schemas are made of. A schema describes what is obeyed: a field of the wrong type is refused by name, and one that
 * nobody knows is left out, as Docker does.
 */
import * as v from 'valibot';

/** For the kernel a text ends with its first NUL: two readers of it would read two texts. */
const noNul = v.check((one: string) => !one.includes('\0'), 'a string without NUL');
export const plain = v.pipe(v.string(), noNul);

export const text = v.optional(plain);
export const flag = v.optional(v.boolean());
export const whole = v.optional(v.pipe(v.number(), v.integer()));
export const texts = v.optional(v.array(plain));

/** For JavaScript a list is an object, too; for Go, and so for every client, it is not. */
const noList = v.custom<unknown>((one) => !Array.isArray(one), 'an object');

/**
 * An object with these fields. Go finds a field also by its name in other letters, `image` for `Image` (encoding/json,
 * Unmarshal): what a client has said so counts, too.
 */
export function object<E extends v.ObjectEntries>(entries: E): v.ObjectSchema<E, undefined> {
  const fields = new Map(Object.keys(entries).map((name) => [name.toLowerCase(), name]));
  const schema = v.pipe(noList, v.transform(renamed(fields)), v.object(entries) as v.GenericSchema);
  return schema as unknown as v.ObjectSchema<E, undefined>;
}

const renamed =
  (fields: ReadonlyMap<string, string>) =>
  (value: unknown): unknown => {
    if (typeof value !== 'object' || value === null) return value;
    const named = Object.entries(value).map(([name, one]) => [fields.get(name.toLowerCase()) ?? name, one]);
    // What has been said in the right letters counts before what has not.
    return { ...Object.fromEntries(named), ...value };
  };

type Values<S extends v.GenericSchema> = v.RecordSchema<typeof plain, S, undefined>;

/** An object whose names are data: they stay as they are written. */
export const record = <S extends v.GenericSchema>(values: S): Values<S> =>
  v.pipe(noList, v.record(plain, values) as v.GenericSchema) as unknown as Values<S>;

/** `{"NAME": "value"}`. */
export const pairs = v.optional(record(plain));
/** `{"80/tcp": {}}`: Go's way to write a set. */
export const names = v.optional(record(v.pipe(noList, v.looseObject({}))));

const oneWord = v.pipe(
  v.custom<string>((one) => typeof one === 'string', 'a string or a list of strings'),
  noNul,
  v.transform((one) => [one]),
);
const list = v.array(plain);

/** A command as a list, or as one word: old clients send a string. Not a union, which would not say what of the list is wrong. */
export const words = v.optional(v.lazy((value) => (Array.isArray(value) ? list : oneWord)));
