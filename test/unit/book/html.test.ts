import assert from 'node:assert/strict';
import { readDocument } from '../../../src/book/document.ts';
import { renderHtml } from '../../../src/book/html.ts';
import { linked, listBook, svgOf, twinOf } from '../../../src/book/library.ts';
import { countWords } from '../../../src/book/words.ts';
import { renderPage } from '../../../src/site/page.ts';
import { lessons } from '../../../src/learn/lessons.ts';
import { everyBlock, home, linksIn, wholeBook } from './fixtures.ts';

const draw = async (markdown: string): Promise<string> =>
  renderHtml(await readDocument(markdown, async () => ({ file: 'a.ts', start: 7, text: 'if (a < b) {}' })), {
    svg: () => '<svg></svg>',
  });

/** Where a function or an object of this name is written, in TypeScript or C. */
const definition = (name: string): RegExp =>
  new RegExp(`^ {0,2}(export |async |static |function\\*? |const |[a-z]+ \\*?)*${name}\\b.*[{=]$`, 'm');

describe('the book', () => {
  it('quotes only symbols that exist, and each quote shows some source', async () => {
    const quotes = (await wholeBook()).flatMap(({ document }) =>
      everyBlock(document).filter((b) => b.type === 'quote'),
    );
    assert.ok(quotes.length > 0);
    for (const block of quotes) assert.ok(block.type === 'quote' && block.citation.text.trim().length > 0);
  });

  it('shows no code of an exercise before it is the reader’s turn', async () => {
    const pages = await wholeBook();
    for (const { name, parts } of lessons) {
      const { slots } = await parts.lesson();
      const blocks = everyBlock(pages.find(({ entry }) => entry.name === name)!.document);
      const turn = blocks.findIndex((block) => block.type === 'heading' && block.id === 'your-turn');
      assert.ok(turn > 0, name);
      const shown = blocks.slice(0, turn).flatMap((block) => (block.type === 'quote' ? [block.citation] : []));
      for (const slot of slots) {
        // `steps`, or `chroot.steps` where a file has several.
        const defined = slot.name.split(/[#.]/).slice(2).map(definition);
        const early = shown.find(({ file, text }) => file === slot.source && defined.every((one) => one.test(text)));
        assert.equal(early?.text, undefined, `${name} shows ${slot.name}`);
      }
    }
  });

  it('has links that lead somewhere: to the web, to another page, to a heading', async () => {
    const pages = await wholeBook();
    const book = listBook(home);
    for (const { entry, document } of pages)
      for (const href of linksIn(document)) {
        if (/^https:\/\//.test(href)) continue;
        const to = linked(book, entry, href);
        assert.ok(to, `${entry.name}: ${href} leads nowhere`);
        const target = pages.find((page) => page.entry.file === to.entry.file)!.document;
        const ids = everyBlock(target).map((block) => (block.type === 'heading' ? block.id : ''));
        assert.ok(to.anchor === '' || ids.includes(to.anchor), `${entry.name}: no heading ${href}`);
      }
  });

  it('keeps each chapter at 2,500 words or below', async () => {
    for (const { entry, document } of await wholeBook())
      if (entry.shelf === 'chapter') assert.ok(countWords(document) <= 2500, `${entry.name}: ${countWords(document)}`);
  });

  it('has a title, a description and a text twin that fits into a terminal for each picture', async () => {
    for (const { entry, document } of await wholeBook())
      for (const block of everyBlock(document))
        if (block.type === 'picture') {
          assert.match(svgOf(entry, block.path), /<title [^]*<desc /);
          const twin = twinOf(entry, block.path);
          assert.ok(twin, block.path);
          // `read` indents it by two: a picture that is folded is none any more.
          assert.deepEqual(
            twin.split('\n').filter((line) => line.length > 78),
            [],
            block.path,
          );
        }
  });
});

describe('a chapter as a page', () => {
  it('loads nothing but the files beside it, and has no code of its own', async () => {
    for (const { entry, document } of await wholeBook()) {
      const body = renderHtml(document, { svg: (picture) => svgOf(entry, picture) });
      const page = renderPage({ title: entry.title, body });
      for (const [, from] of page.matchAll(/<(?:script|link|img)\b[^>]*\b(?:src|href)="([^"]*)"/g))
        assert.match(from!, /^[\w-]+\.(js|css|svg)$/, entry.name);
      assert.doesNotMatch(page, /<(iframe|object|embed)\b| on\w+="|\sstyle="/i, entry.name);
      // `new URL(…)` in a quoted source loads nothing.
      assert.doesNotMatch(page, /@import|\burl\((?!#)/, entry.name);
      assert.doesNotMatch(page, /<script(?![^>]* src=)|<script[^>]*>[^<]/, entry.name);
    }
  });

  it('opens and closes every element in order', async () => {
    for (const { entry, document } of await wholeBook()) {
      const page = renderPage({ title: 't', body: renderHtml(document, { svg: (p) => svgOf(entry, p) }) });
      assert.deepEqual(unbalanced(page), [], entry.name);
    }
  });

  it('has one h1, a language, a way past the header, and no id twice', async () => {
    for (const { entry, document } of await wholeBook()) {
      const page = renderPage({ title: 't', body: renderHtml(document, { svg: (p) => svgOf(entry, p) }) });
      assert.equal(page.match(/<h1/g)?.length, 1, entry.name);
      assert.match(page, /<html lang="en">/);
      assert.match(page, /href="#text"[^]*<main id="text"/);
      const ids = [...page.matchAll(/\sid="([^"]+)"/g)].map(([, id]) => id);
      assert.deepEqual(ids, [...new Set(ids)], entry.name);
    }
  });

  it('escapes whatever a chapter says, also HTML and quoted source', async () => {
    const page = await draw('a <script>b</script> & `<i>`\n\n<iframe src="x"></iframe>\n\n```quote a.ts#b\n```\n');
    assert.doesNotMatch(page, /<script|<iframe|<i>/);
    assert.match(page, /a &#60; b/);
  });

  it('follows no link that is neither the web nor the book', async () => {
    assert.doesNotMatch(await draw('[a](javascript:alert) [b](data:text/html,x) [c](//evil.example)'), /<a /);
  });

  it('folds answers with the browser’s own means', async () => {
    const page = await draw('<details><summary>Why `x`?</summary>\n\nBecause.\n\n</details>');
    assert.match(
      page,
      /<details><summary>Why <code class="short">x<\/code>\?<\/summary>\s*<p>Because\.<\/p><\/details>/,
    );
  });

  it('marks what differs from machine to machine', async () => {
    assert.match(await draw('```console\n# id\n‹7›\n```'), /class="prompt"># <.*class="varies" [^>]*>‹7›</s);
  });
});

function unbalanced(page: string): string[] {
  const open: string[] = [];
  const wrong: string[] = [];
  const text = page.replace(/<style>[^]*?<\/style>/g, '');
  for (const [, slash, name, closed] of text.matchAll(/<(\/?)([a-z][\w]*)\b[^>]*?(\/?)>/gi)) {
    if (closed || /^(meta|link|input|br|hr|img)$/.test(name!)) continue;
    if (!slash) open.push(name!);
    else if (open.pop() !== name) wrong.push(name!);
  }
  return [...wrong, ...open];
}
