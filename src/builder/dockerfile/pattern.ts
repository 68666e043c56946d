/**
 * Patterns with `*` and `?`, matched in a time that the text's length and the pattern's bound.
 *
 * They come out of contexts and Dockerfiles that anybody may have sent, and a regular expression made of one can be written
 * so that it runs for years. So a pattern is a list of parts, and all places of the list at which one may be are followed at
 * the same time (Thompson, 1968), one character of the text after the other.
 */

export interface Part {
  readonly takes: (character: string) => boolean;
  /** Any number of such characters, also none. */
  readonly repeats?: boolean;
  /** How many parts, from this one on, may be left out together. */
  readonly optional?: number;
}

/** Where a match that begins at `from` may end, in ascending order. */
export function ends(parts: readonly Part[], text: string, from = 0): number[] {
  const found: number[] = [];
  let places = reached(parts, [0]);
  for (let index = from; ; index++) {
    if (places.at(-1) === parts.length) found.push(index);
    if (index >= text.length || places.length === 0) return found;
    const character = text[index]!;
    const onwards: number[] = [];
    for (const place of places) {
      const part = parts[place];
      if (part?.takes(character)) onwards.push(part.repeats ? place : place + 1);
    }
    places = reached(parts, onwards);
  }
}

export function matches(parts: readonly Part[], text: string): boolean {
  return ends(parts, text).at(-1) === text.length;
}

/** The places and all that one comes to from them without taking a character; both in ascending order. */
function reached(parts: readonly Part[], places: readonly number[]): number[] {
  const all = new Set<number>();
  const queue = [...places];
  for (let place = queue.pop(); place !== undefined; place = queue.pop()) {
    if (all.has(place)) continue;
    all.add(place);
    const part = parts[place];
    if (part?.repeats) queue.push(place + 1);
    if (part?.optional) queue.push(place + part.optional);
  }
  return [...all].sort((a, b) => a - b);
}

export const literally = (wanted: string): Part => ({ takes: (character) => character === wanted });
export const anything: Part['takes'] = () => true;
