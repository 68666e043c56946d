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
/** `{"NAME": "value"}`. */
export const pairs = v.optional(v.record(plain, plain));
/** `{"80/tcp": {}}`: Go's way to write a set. */
export const names = v.optional(v.record(plain, v.looseObject({})));

const oneWord = v.pipe(
  v.custom<string>((one) => typeof one === 'string', 'a string or a list of strings'),
  noNul,
  v.transform((one) => [one]),
);
const list = v.array(plain);

/** A command as a list, or as one word: old clients send a string. Not a union, which would not say what of the list is wrong. */
export const words = v.optional(v.lazy((value) => (Array.isArray(value) ? list : oneWord)));
