/**
 * What the schemas of a config are made of.
 */
import * as v from 'valibot';
import { MAX_ID } from './passwd.ts';

export const integer = v.pipe(v.number(), v.integer());
export const uint32 = v.pipe(integer, v.minValue(0), v.maxValue(2 ** 32 - 1));
export const uint64 = v.pipe(integer, v.minValue(0), v.maxValue(2 ** 64));
export const id = v.pipe(integer, v.minValue(0), v.maxValue(MAX_ID));

/** The kernel reads up to the first NUL: a text with one in it would be another text there than here. */
export const noNul = v.pipe(
  v.string(),
  v.check((text) => !text.includes('\0'), 'a string without NUL bytes'),
);
export const absolute = v.pipe(noNul, v.startsWith('/', 'an absolute path'));
export const environment = v.pipe(noNul, v.regex(/^[^=]+=/, 'NAME=value'));

/** An object none of whose properties is required; a list would pass for one that has none of them. */
export const options = <const Entries extends v.ObjectEntries>(entries: Entries) =>
  v.pipe(
    v.unknown(),
    v.check((value) => !Array.isArray(value), 'an object'),
    v.looseObject(entries),
  );
