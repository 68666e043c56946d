/**
 * What the schemas are made of. A schema describes what is obeyed: a field of the wrong type is refused by name, and one that
 * nobody knows is left out, as Docker does.
 */
import * as v from 'valibot';

export const text = v.optional(v.string());
export const flag = v.optional(v.boolean());
export const whole = v.optional(v.pipe(v.number(), v.integer()));
export const texts = v.optional(v.array(v.string()));
/** `{"NAME": "value"}`. */
export const pairs = v.optional(v.record(v.string(), v.string()));
/** `{"80/tcp": {}}`: Go's way to write a set. */
export const names = v.optional(v.record(v.string(), v.looseObject({})));

/** A command as a list, or as one word: old clients send a string. */
export const words = v.optional(
  v.union(
    [
      v.array(v.string()),
      v.pipe(
        v.string(),
        v.transform((one) => [one]),
      ),
    ],
    'a string or a list of strings',
  ),
);
