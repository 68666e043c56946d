/**
 * Which pages the book has, and where: a chapter for each lesson (`NN-name.md`), the appendix, the decision notes.
 *
 * A chapter is known by its lesson's name, as everything is; the number in front is only its place on the shelf. So its
 * page is named after the lesson alone, and links to it stay true when a lesson is put in between.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { DrydockError } from '../errors.ts';
import { didYouMean } from '../nearest.ts';
import { organOf } from './cutaway.ts';
import { readDocument, type Block, type Cite } from './document.ts';

export type Shelf = 'chapter' | 'appendix' | 'decision';

export interface Entry {
  /** `pid`, `appendix-errors`, `0002-config-with-valibot`. */
  name: string;
  shelf: Shelf;
  /** Absolute. */
  file: string;
  /** Name of its page. */
  page: string;
  title: string;
}

/** Everything that can be read, in the order of the shelf. `home` is the project's folder. */
export function listBook(home: string): Entry[] {
  const book = join(home, 'book');
  return [...entriesIn(book), ...entriesIn(join(book, 'decisions'), 'decision')];
}

function entriesIn(folder: string, shelf?: Shelf): Entry[] {
  if (!existsSync(folder)) return [];
  const files = readdirSync(folder).filter((name) => name.endsWith('.md') && name !== 'README.md');
  return files.sort().map((markdown): Entry => {
    const stem = basename(markdown, '.md');
    const file = join(folder, markdown);
    const chapter = shelf === undefined && /^\d\d-/.test(stem);
    const name = chapter ? stem.slice(3) : stem;
    const [, title = stem] = /^# (.*)$/m.exec(readFileSync(file, 'utf8')) ?? [];
    return {
      name,
      shelf: shelf ?? (chapter ? 'chapter' : 'appendix'),
      file,
      page: shelf === 'decision' ? `decision-${name}.html` : `${name}.html`,
      title: title.replace(/`/g, ''),
    };
  });
}

/** The page of this name. Throws NO_SUCH_LESSON with what there is. */
export function findEntry(home: string, name: string): Entry {
  const book = listBook(home);
  const found = book.find((entry) => entry.name === name || basename(entry.file, '.md') === name);
  if (found) return found;
  const chapters = book.filter((entry) => entry.shelf === 'chapter').map((entry) => entry.name);
  // By their beginnings go the numbers of files (`03`, `0012`), and `appendix`.
  const start = /^\d$/.test(name) ? `0${name}-` : name;
  const begun = book.find((entry) => start !== '' && basename(entry.file).startsWith(start));
  throw new DrydockError('NO_SUCH_LESSON', `the book has no chapter '${name}'`, {
    hint: begun ? `did you mean '${begun.name}'?` : didYouMean(name, chapters),
  });
}

/** Reads a page, with its quotes filled in from the source as it is now. Chapters have the growing picture below their title. */
export async function readEntry(entry: Entry, cite: Cite): Promise<Block[]> {
  const document = await readDocument(readFileSync(entry.file, 'utf8'), cite);
  const organ = entry.shelf === 'chapter' ? organOf(entry.name) : undefined;
  const title = document.findIndex((block) => block.type === 'heading' && block.depth === 1);
  return organ === undefined ? document : document.toSpliced(title + 1, 0, { type: 'cutaway', organ });
}

/** The text twin of a picture: the file of the same name that ends in .txt. */
export function twinOf(entry: Entry, picture: string): string | undefined {
  const file = join(entry.file, '..', picture.replace(/\.svg$/, '.txt'));
  return existsSync(file) ? readFileSync(file, 'utf8').trimEnd() : undefined;
}

/** An SVG, ready to stand inside a page. */
export function svgOf(entry: Entry, picture: string): string {
  return readFileSync(join(entry.file, '..', picture), 'utf8')
    .replace(/^\s*<\?xml.*?\?>\s*/s, '')
    .trim();
}

/** The entry that a relative link to a Markdown file leads to, with the anchor in it. */
export function linked(
  book: readonly Entry[],
  from: Entry,
  href: string,
): { entry: Entry; anchor: string } | undefined {
  const [path = '', anchor = ''] = href.split('#');
  if (/^[a-z][a-z0-9+.-]*:/i.test(href)) return undefined;
  const file = path === '' ? from.file : join(from.file, '..', path);
  const entry = book.find((one) => one.file === file);
  return entry && { entry, anchor };
}
