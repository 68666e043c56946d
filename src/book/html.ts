/**
 * A chapter as a page: semantic HTML that needs no script, no font and nothing else from elsewhere.
 *
 * The page is complete in one file: the style and the pictures are in it. Whatever a chapter says is escaped here, at
 * the one place where text becomes markup; the pictures are the project's own SVG and go in as they are.
 */
import { isRemark, type Block, type Citation, type ConsoleLine, type Inline } from './document.ts';

export interface HtmlOptions {
  /** Text of an SVG, without its XML declaration. */
  svg: (picture: string) => string;
  twin?: (picture: string) => string | undefined;
  /** Where a link leads on the page; undefined makes it plain text. */
  target?: (href: string) => string | undefined;
}

/** The chapter's part of a page. */
export function renderHtml(document: readonly Block[], options: HtmlOptions): string {
  return document.map((block) => renderBlock(block, options)).join('\n');
}

/** Text as it may stand between tags and in quoted attributes. */
export function escape(text: string): string {
  return text.replace(/[&<>"']/g, (letter) => `&#${letter.charCodeAt(0)};`);
}

function renderBlock(block: Block, options: HtmlOptions): string {
  const inline = (children: readonly Inline[]): string => renderInline(children, options);
  const inner = (children: readonly Block[]): string => renderHtml(children, options);
  switch (block.type) {
    case 'heading':
      return renderHeading(block, inline(block.children));
    case 'paragraph':
      return `<p>${inline(block.children)}</p>`;
    case 'code':
      return `<pre tabindex="0"><code>${escape(block.text)}</code></pre>`;
    case 'console':
      return `<pre tabindex="0"><code>${block.lines.map(renderConsoleLine).join('\n')}</code></pre>`;
    case 'quote':
      return renderQuote(block.citation);
    case 'picture':
      return renderPicture(block.path, inline(block.caption), options);
    case 'list': {
      const tag = block.ordered ? 'ol' : 'ul';
      const start = block.ordered && block.start !== 1 ? ` start="${block.start}"` : '';
      return `<${tag}${start}>${block.items.map((item) => `<li>${renderItem(item, options)}</li>`).join('\n')}</${tag}>`;
    }
    case 'table': {
      const row = (cells: readonly Inline[][], tag: string): string =>
        `<tr>${cells.map((cell) => `<${tag}>${inline(cell)}</${tag.split(' ')[0]}>`).join('')}</tr>`;
      const head = `<thead>${row(block.header, 'th scope="col"')}</thead>`;
      return `<div class="wide"><table>${head}<tbody>${block.rows.map((cells) => row(cells, 'td')).join('\n')}</tbody></table></div>`;
    }
    case 'box':
      return `<div class="box" role="note">${inner(block.children)}</div>`;
    case 'details':
      return `<details><summary>${inline(block.summary)}</summary>\n${inner(block.children)}</details>`;
    case 'rule':
      return '<hr>';
  }
}

function renderHeading({ depth, id }: { depth: number; id: string }, text: string): string {
  if (depth === 1) return `<h1 id="${escape(id)}">${text}</h1>`;
  const anchor = `<a class="anchor" href="#${escape(id)}" aria-label="Link to this section">#</a>`;
  return `<h${depth} id="${escape(id)}">${text}${anchor}</h${depth}>`;
}

/** A list item of one paragraph needs no paragraph. */
function renderItem(blocks: readonly Block[], options: HtmlOptions): string {
  const [first, ...rest] = blocks;
  if (first?.type !== 'paragraph') return renderHtml(blocks, options);
  return [renderInline(first.children, options), ...rest.map((block) => renderBlock(block, options))].join('\n');
}

function renderConsoleLine({ kind, prompt, text }: ConsoleLine): string {
  const words = escape(text).replace(/‹[^›]*›/g, '<span class="varies" title="differs on your machine">$&</span>');
  if (kind === 'output') return words;
  return `<span class="prompt">${escape(prompt)} </span><span class="typed">${words}</span>`;
}

function renderQuote({ file, start, text }: Citation): string {
  const rows = text
    .replace(/\n$/, '')
    .split('\n')
    .map((row, i) => {
      const number = `<span class="number" aria-hidden="true">${start + i}</span>`;
      return isRemark(row) ? `${number}<span class="remark">${escape(row)}</span>` : number + escape(row);
    });
  const caption = `<figcaption>${escape(file)}, from line ${start}</figcaption>`;
  return `<figure class="quote">${caption}<pre tabindex="0"><code>${rows.join('\n')}</code></pre></figure>`;
}

function renderPicture(path: string, caption: string, options: HtmlOptions): string {
  const twin = options.twin?.(path);
  const words = twin
    ? `<details><summary>The picture in words</summary><pre tabindex="0">${escape(twin)}</pre></details>`
    : '';
  return `<figure class="picture">${options.svg(path)}<figcaption>${caption}</figcaption>${words}</figure>`;
}

function renderInline(inline: readonly Inline[], options: HtmlOptions): string {
  return inline
    .map((part): string => {
      switch (part.type) {
        case 'text':
          return escape(part.text);
        case 'code':
          return `<code${part.text.length <= 20 ? ' class="short"' : ''}>${escape(part.text)}</code>`;
        case 'strong':
        case 'em':
          return `<${part.type}>${renderInline(part.children, options)}</${part.type}>`;
        case 'break':
          return '<br>';
        case 'link': {
          const target = safe(options.target ? options.target(part.href) : part.href);
          const words = renderInline(part.children, options);
          return target === undefined ? words : `<a href="${escape(target)}">${words}</a>`;
        }
      }
    })
    .join('');
}

/** A link may lead to the web, to another page or to a place on this one; nowhere else (no `javascript:`). */
function safe(href: string | undefined): string | undefined {
  return href !== undefined && /^(https?:\/\/|#|[\w.-]+(\/|$|#))/.test(href) && !/^[\w.+-]+:(?!\/\/)/.test(href)
    ? href
    : undefined;
}

export interface PageOptions {
  title: string;
  css: string;
  body: string;
  previous?: { href: string; title: string };
  next?: { href: string; title: string };
}

/** A whole page. */
export function renderPage({ title, css, body, previous, next }: PageOptions): string {
  const link = (rel: string, word: string, to?: { href: string; title: string }): string =>
    to ? `<a rel="${rel}" href="${escape(to.href)}">${word}: ${escape(to.title)}</a>` : '';
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<title>${escape(title)} · Drydock</title>
<style>${css}</style>
</head>
<body>
<a class="skip" href="#text">Skip to the text</a>
<header><nav aria-label="Book"><a href="index.html">Drydock: the book</a></nav></header>
<main id="text">
${body}
</main>
<footer><nav aria-label="Chapters">${link('prev', 'Before', previous)}${link('next', 'Next', next)}</nav></footer>
</body>
</html>
`;
}

/** A list of pages, for the contents. */
export function renderContents(entries: readonly { href?: string; title: string; about: string }[]): string {
  const item = ({ href, title, about }: { href?: string; title: string; about: string }): string =>
    `<li>${href ? `<a href="${escape(href)}">${escape(title)}</a>` : escape(title)} <span class="about">${escape(about)}</span></li>`;
  return `<ul class="contents">${entries.map(item).join('\n')}</ul>`;
}
