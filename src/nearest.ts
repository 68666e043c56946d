/**
 * "Did you mean": the name that somebody probably wanted to type.
 */
import { closest, distance } from 'fastest-levenshtein';

/** The most similar of the names, if it is similar enough to be worth saying. */
export function nearest(word: string, names: readonly string[]): string | undefined {
  if (word === '' || names.length === 0) return undefined;
  const name = closest(word, names);
  const changes = distance(word, name);
  // Where every letter would have to change, nothing was meant: `-z` is no `-h`.
  const isNear = changes < word.length && changes <= Math.max(2, Math.floor(word.length / 3));
  return isNear ? name : undefined;
}

/** `did you mean 'pid'?`, or what there is when nothing is near. */
export function didYouMean(word: string, names: readonly string[]): string {
  const name = nearest(word, names);
  return name ? `did you mean '${name}'?` : `there are: ${names.join(', ')}`;
}
