/**
 * Finds the sections of the book that have all words of a question. The same code runs in the browser and in tests.
 *
 * There is no inverted index: the whole book is half a megabyte of text, and a scan of it takes a few milliseconds.
 * A word is found where a word begins (`newpid` finds CLONE_NEWPID), and inside words only if that finds nothing.
 */

/** A page, its shelf, and its sections; `id` is empty for what stands before the first heading. */
export interface IndexedPage {
  readonly page: string;
  readonly title: string;
  readonly shelf: string;
  readonly sections: readonly { readonly id: string; readonly heading: string; readonly text: string }[];
}

export interface Hit {
  readonly href: string;
  /** The page's title and, if the hit is below one, the section's heading. */
  readonly title: string;
  readonly heading: string;
  /** Around the first place where a word was found. */
  readonly excerpt: string;
  readonly score: number;
}

const EXCERPT = 150;
const WEIGHT: Record<string, number> = { chapter: 3, appendix: 2, decision: 1 };

/** The words of a question, as they are looked for. */
export function wordsOf(question: string): string[] {
  return question.toLowerCase().split(/\s+/).filter(Boolean);
}

/** The best sections first, at most `limit`. */
export function search(index: readonly IndexedPage[], question: string, limit = 20): Hit[] {
  const words = wordsOf(question);
  if (words.length === 0) return [];
  const found = hits(index, words, placesAtStart);
  return (found.length > 0 ? found : hits(index, words, placesAnywhere))
    .sort((a, b) => b.score - a.score)
    .slice(0, limit);
}

/** The book does not change while it is read: each text is made small once. */
const smallOf = new Map<string, string>();
function lowered(text: string): string {
  if (!smallOf.has(text)) smallOf.set(text, text.toLowerCase());
  return smallOf.get(text)!;
}

type Places = (text: string, word: string) => number[];

function hits(index: readonly IndexedPage[], words: readonly string[], placesOf: Places): Hit[] {
  return index.flatMap(({ page, title, shelf, sections }) =>
    sections.flatMap(({ id, heading, text }): Hit[] => {
      const [small, smallHeading, smallTitle] = [lowered(text), lowered(heading), lowered(title)];
      const scores = words.map((word) => {
        const inText = placesOf(small, word).length;
        return (
          (placesOf(smallHeading, word).length > 0 ? 10 : 0) +
          (placesOf(smallTitle, word).length > 0 ? (id === '' ? 12 : 2) : 0) +
          (inText > 0 ? 2 + Math.min(inText, 6) / 2 : 0)
        );
      });
      if (scores.includes(0)) return [];
      const score = scores.reduce((sum, one) => sum + one, 0) + (WEIGHT[shelf] ?? 0);
      return [{ href: id ? `${page}#${id}` : page, title, heading, excerpt: excerptOf(text, words, placesOf), score }];
    }),
  );
}

function placesAtStart(text: string, word: string): number[] {
  // What stands before a word that begins with a sign (`--init`, `/proc`) does not matter.
  const isSign = !/^[\p{L}\p{N}]/u.test(word);
  return placesAnywhere(text, word).filter((at) => isSign || at === 0 || !/[\p{L}\p{N}]/u.test(text[at - 1]!));
}

function placesAnywhere(text: string, word: string): number[] {
  const places: number[] = [];
  for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + word.length)) places.push(at);
  return places;
}

function excerptOf(text: string, words: readonly string[], placesOf: Places): string {
  const places = words.flatMap((word) => placesOf(lowered(text), word).slice(0, 1));
  const first = places.length > 0 ? Math.min(...places) : 0;
  const start = first < EXCERPT / 3 ? 0 : text.indexOf(' ', first - EXCERPT / 3) + 1;
  const cut = text.slice(start, start + EXCERPT);
  return (start > 0 ? '… ' : '') + cut + (start + EXCERPT < text.length ? ' …' : '');
}

/** Cuts a text where words of the question are, for marking: every second part is a match. */
export function marked(text: string, question: string): string[] {
  const words = wordsOf(question).map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return words.length > 0 ? text.split(new RegExp(`(${words.join('|')})`, 'i')) : [text];
}

/** Every word of the book that is long enough to be mistyped. */
export function vocabulary(index: readonly IndexedPage[]): string[] {
  const words = new Set<string>();
  for (const { sections } of index)
    for (const { heading, text } of sections)
      for (const [word] of `${heading} ${text}`.toLowerCase().matchAll(/[\p{L}_]{4,}/gu)) words.add(word);
  return [...words];
}
