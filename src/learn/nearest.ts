/** Finds what somebody probably meant. */
import { closest, distance } from 'fastest-levenshtein';

/** The most similar of the names, if it is similar enough to be worth saying. */
export function nearest(word: string, names: readonly string[]): string | undefined {
  if (names.length === 0) return undefined;
  const name = closest(word, names);
  return distance(word, name) <= Math.max(2, Math.floor(word.length / 3)) ? name : undefined;
}
