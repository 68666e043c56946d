/**
 * The book as a static site: a folder of pages that can be opened from the disk or put on any server.
 *
 * The invariant: what is published names nothing of the machine that it was made on, and needs nothing from elsewhere.
 * Sources that a chapter quotes become pages too, so that a quote leads to its file without a network.
 */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { DrydockError } from '../errors.ts';
import { plain, type Block } from '../book/document.ts';
import { escape, renderHtml, renderLines, type HtmlOptions } from '../book/html.ts';
import { linked, listBook, readEntry, svgOf, twinOf, type Entry } from '../book/library.ts';
import { findRecording } from '../learn/demo/replay.ts';
import { lessons } from '../learn/lessons.ts';
import { quote } from '../learn/source.ts';
import { kickerOf, renderContents } from './contents.ts';
import { renderDemo } from './demo.ts';
import { indexOf } from './index-of.ts';
import { renderPage, type Link } from './page.ts';
import { followingTheSwitch } from './pictures.ts';
import type { IndexedPage } from './search.ts';

export interface SiteOptions {
  /** The project's folder. */
  readonly home: string;
  /** It is emptied first. */
  readonly out: string;
  /** Where the recordings of demos lie. */
  readonly recordings: string;
}

export interface Site {
  readonly pages: number;
  /** Lessons that have no recording. */
  readonly unrecorded: readonly string[];
}

/** Makes the site. Throws INTERNAL when a page would name this machine's folders. */
export async function makeSite({ home, out, recordings }: SiteOptions): Promise<Site> {
  const book = listBook(home);
  const sources = new Set<string>();
  const pages = new Map<string, string>();
  const index: IndexedPage[] = [];
  const unrecorded: string[] = [];
  for (const [at, entry] of book.entries()) {
    const document = await readEntry(entry, quote);
    const options = optionsFor(home, book, entry, sources);
    const [before, after] = aroundDemo(document, entry);
    const hasDemo = lessons.some(({ name }) => entry.shelf === 'chapter' && name === entry.name);
    const recording = hasDemo ? findRecording(entry.name, recordings) : undefined;
    if (hasDemo && !recording) unrecorded.push(entry.name);
    const placeOf = (place: string): string | undefined => sourceOfPlace(home, place, sources);
    const demo = hasDemo ? renderDemo(entry.name, recording, placeOf) : '';
    index.push(indexOf(entry, document));
    pages.set(
      entry.page,
      renderPage({
        title: entry.title,
        kicker: entry.shelf === 'chapter' ? kickerOf(entry.name) : undefined,
        body: [renderHtml(before, options), demo, renderHtml(after, options)].join('\n'),
        sections: [
          ...headings(before),
          ...(demo ? [{ href: '#demo', title: 'The demo, recorded' }] : []),
          ...headings(after),
        ],
        ...neighbours(book, at),
      }),
    );
  }
  pages.set('index.html', renderPage({ title: 'The book', body: renderContents(book) }));
  for (const file of sources) pages.set(sourcePage(file), renderSource(home, file));
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  for (const [name, html] of pages) writeFileSync(join(out, name), anonymous(name, html, home));
  writeFileSync(join(out, 'search-index.js'), anonymous('search-index.js', indexScript(index), home));
  await copyAssets(out);
  return { pages: pages.size, unrecorded };
}

function optionsFor(home: string, book: readonly Entry[], entry: Entry, sources: Set<string>): HtmlOptions {
  return {
    svg: (picture) => followingTheSwitch(svgOf(entry, picture)),
    twin: (picture) => twinOf(entry, picture),
    target: (href) => {
      if (/^(https?:|#)/.test(href)) return href;
      const to = linked(book, entry, href);
      return to && to.entry.page + (to.anchor ? `#${to.anchor}` : '');
    },
    chapter: (lesson) => book.find(({ name, shelf }) => shelf === 'chapter' && name === lesson)?.page,
    source: (file, line) => {
      if (!existsSync(join(home, file))) return undefined;
      sources.add(file);
      return `${sourcePage(file)}#L${line}`;
    },
  };
}

/** The demo stands before the section in which the reader is asked to do it themselves; else at the end. */
function aroundDemo(document: Block[], { name }: Entry): [Block[], Block[]] {
  const begin = document.findIndex(
    (block) => block.type === 'console' && block.lines.some(({ text }) => text.endsWith(`drydock begin ${name}`)),
  );
  const isSection = (block: Block): boolean => block.type === 'heading' && block.depth === 2;
  const at = begin < 0 ? document.length : document.slice(0, begin).findLastIndex(isSection);
  return [document.slice(0, at), document.slice(at)];
}

function headings(document: readonly Block[]): Link[] {
  return document.flatMap((block) =>
    block.type === 'heading' && block.depth === 2 ? [{ href: `#${block.id}`, title: plain(block.children) }] : [],
  );
}

function neighbours(book: readonly Entry[], at: number): { previous?: Link; next?: Link } {
  const [previous, next] = [book[at - 1], book[at + 1]].map((to) => to && { href: to.page, title: to.title });
  return { previous, next };
}

/** `isolators/pid.ts:21` as demos name places, below src/runtime. */
function sourceOfPlace(home: string, place: string, sources: Set<string>): string | undefined {
  const [, name = '', line = ''] = /^([\w./-]+):(\d+)$/.exec(place) ?? [];
  const file = [`src/runtime/${name}`, name].find((one) => name !== '' && existsSync(join(home, one)));
  if (!file) return undefined;
  sources.add(file);
  return `${sourcePage(file)}#L${line}`;
}

function sourcePage(file: string): string {
  return `source-${file.replace(/\//g, '.')}.html`;
}

function renderSource(home: string, file: string): string {
  const code = renderLines(readFileSync(join(home, file), 'utf8'), 1, (line) => `L${line}`);
  const body = `<h1 class="path">${escape(file)}</h1>\n<figure class="quote whole"><pre tabindex="0"><code>${code}</code></pre></figure>`;
  return renderPage({ title: file, kicker: 'Source', body });
}

/** A script and no JSON file: a page from the disk may load scripts beside it, and read nothing. */
function indexScript(index: readonly IndexedPage[]): string {
  return `globalThis.drydockIndex=${JSON.stringify(index)};\n`;
}

function anonymous(name: string, text: string, home: string): string {
  if (text.includes(home)) throw new DrydockError('INTERNAL', `${name} would name the folder ${home}`);
  return text;
}

async function copyAssets(out: string): Promise<void> {
  const folder = __dirname;
  await build({
    entryPoints: { book: join(folder, 'browser/book.ts'), theme: join(folder, 'browser/theme.ts') },
    outdir: out,
    bundle: true,
    format: 'iife',
    target: ['chrome123', 'firefox120', 'safari17.5'], // the first ones that know light-dark()
    minify: true,
    logLevel: 'warning',
  });
  const sheets = ['page.css', 'cutaway.css', 'demo.css', 'print.css'].map((name) =>
    readFileSync(join(folder, name), 'utf8'),
  );
  writeFileSync(join(out, 'book.css'), sheets.join('\n').replace(/\/\*[^]*?\*\/\s*/g, ''));
  writeFileSync(join(out, 'icon.svg'), readFileSync(join(folder, 'icon.svg')));
}
