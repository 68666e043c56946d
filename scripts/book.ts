/**
 * `npm run book`: the book as static pages in dist/book/. Each page is complete in itself: it can be opened from the
 * disk, sent by mail or put on any server.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { renderContents, renderHtml, renderPage } from '../src/book/html.ts';
import { linked, listBook, readEntry, svgOf, twinOf, type Entry, type Shelf } from '../src/book/library.ts';
import { quote } from '../src/learn/source.ts';

const home = resolve(__dirname, '..');
const out = process.argv[2] ?? join(home, 'dist', 'book');
const css = readFileSync(join(home, 'src', 'book', 'page.css'), 'utf8').replace(/\/\*[^]*?\*\/\s*/g, '');

async function main(): Promise<void> {
  const book = listBook(home);
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  for (const [index, entry] of book.entries()) {
    const body = renderHtml(await readEntry(entry, quote), {
      svg: (picture) => svgOf(entry, picture),
      twin: (picture) => twinOf(entry, picture),
      target: (href) => targetOf(book, entry, href),
    });
    const [previous, next] = [book[index - 1], book[index + 1]].map((to) => to && { href: to.page, title: to.title });
    writeFileSync(join(out, entry.page), renderPage({ title: entry.title, css, body, previous, next }));
  }
  writeFileSync(join(out, 'index.html'), renderPage({ title: 'The book', css, body: contents(book) }));
  console.log(`${book.length + 1} pages in ${out}`);
}

function targetOf(book: readonly Entry[], from: Entry, href: string): string | undefined {
  if (/^(https?:|#)/.test(href)) return href;
  const to = linked(book, from, href);
  return to && to.entry.page + (to.anchor ? `#${to.anchor}` : '');
}

function contents(book: readonly Entry[]): string {
  const list = (shelf: Shelf, about: (entry: Entry) => string): string =>
    renderContents(
      book.filter((e) => e.shelf === shelf).map((e) => ({ href: e.page, title: e.title, about: about(e) })),
    );
  return [
    '<h1>How a container engine works</h1>',
    '<p>Drydock is a container engine that you can read. A container is a process plus isolators: each takes away one thing that the process could see or do. The book takes them one by one.</p>',
    '<h2>Chapters</h2>',
    '<p>Nineteen are planned; these are written.</p>',
    list('chapter', (entry) => `lesson ${entry.name}`),
    '<h2>To look things up</h2>',
    list('appendix', () => ''),
    '<h2>Decisions</h2>',
    '<p>Choices that surprise a newcomer, and their reasons.</p>',
    list('decision', () => ''),
  ].join('\n');
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
