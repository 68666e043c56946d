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
  /** A fork takes nothing; one goes on at the next part, or so many further. */
  readonly forks?: number;
}

/** Where a match that begins at `from` may end, in ascending order. */
export function ends(parts: readonly Part[], text: string, from = 0): number[] {
  const found: number[] = [];
  // Which parts may come next; the place behind the last one is the end of a match.
  let places = new Uint8Array(parts.length + 1);
  places[0] = 1;
  for (let index = from; reach(parts, places); index++) {
    if (places[parts.length]) found.push(index);
    if (index >= text.length) break;
    const onwards = new Uint8Array(parts.length + 1);
    for (let place = 0; place < parts.length; place++)
      if (places[place] && parts[place]!.takes(text[index]!)) onwards[parts[place]!.repeats ? place : place + 1] = 1;
    places = onwards;
  }
  return found;
}

/** Adds the places that one comes to without taking a character; they all lie ahead. Whether there are any at all. */
function reach(parts: readonly Part[], places: Uint8Array): boolean {
  for (let place = 0; place < parts.length; place++) {
    if (!places[place]) continue;
    const { repeats, forks } = parts[place]!;
    if (repeats || forks) places[place + 1] = 1;
    if (forks) places[place + forks] = 1;
  }
  return places.includes(1);
}

export const literally = (wanted: string): Part => ({ takes: (character) => character === wanted });
export const anything: Part['takes'] = () => true;

/** The parts, or none of them. */
export const perhaps = (...parts: readonly Part[]): Part[] => [
  { takes: () => false, forks: parts.length + 1 },
  ...parts,
];
