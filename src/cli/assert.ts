/**
 * The two assertions that yargs makes about its own callers.
 *
 * `node:assert` brings the differ and the colours of terminals with it, and makes the stream of standard error to ask
 * about them: a tenth of a start of ours. scripts/bundle.mjs puts this in its place.
 */

export function strictEqual(actual: unknown, expected: unknown, message?: string): void {
  if (!Object.is(actual, expected)) throw new TypeError(message);
}

export function notStrictEqual(actual: unknown, expected: unknown, message?: string): void {
  if (Object.is(actual, expected)) throw new TypeError(message);
}
