/**
 * A chapter as semantic HTML: what stands in `<main>` of a page of the site (src/site).
 *
 * Whatever a chapter says is escaped here, at the one place where text becomes markup; the pictures are the project's
 * own SVG and go in as they are. Nothing here needs a script to be read.
 */
import { drawCutaway, stateOf } from './cutaway.ts';
import { isRemark, type Block, type Citation, type ConsoleLine, type Inline } from './document.ts';
import { organs, type Organ } from './organs.ts';

export interface HtmlOptions {
  /** Text of an SVG, without its XML declaration. */
  svg: (picture: string) => string;
  twin?: (picture: string) => string | undefined;
  /** Where a link leads on the page; undefined makes it plain text. */
  target?: (href: string) => string | undefined;
  /** The page of a lesson's chapter, if it is written. */
  chapter?: (lesson: string) => string | undefined;
  /** Where a file of the project can be read from this line on. */
  source?: (file: string, line: number) => string | undefined;
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
      return `<div class="console"><pre tabindex="0"><code>${block.lines.map(renderConsoleLine).join('\n')}</code></pre></div>`;
    case 'quote':
      return renderQuote(block.citation, options);
    case 'picture':
      return renderPicture(block.path, inline(block.caption), options);
    case 'list': {
      const tag = block.ordered ? 'ol' : 'ul';
      const start = block.ordered && block.start !== 1 ? ` start="${block.start}"` : '';
      return `<${tag}${start}>${block.items.map((item) => `<li>${renderItem(item, options)}</li>`).join('\n')}</${tag}>`;
    }
    case 'table': {
      const row = (cells: readonly Inline[][], tag: string): string =>
        `<tr>${cells.map((cell) => (cell.length ? `<${tag}>${inline(cell)}</${tag.split(' ')[0]}>` : '<td></td>')).join('')}</tr>`;
      const head = `<thead>${row(block.header, 'th scope="col"')}</thead>`;
      return `<div class="wide"><table>${head}<tbody>${block.rows.map((cells) => row(cells, 'td')).join('\n')}</tbody></table></div>`;
    }
    case 'box':
      return `<div class="box" role="note">${inner(block.children)}</div>`;
    case 'details':
      return `<details><summary>${inline(block.summary)}</summary>\n${inner(block.children)}</details>`;
    case 'rule':
      return '<hr>';
    case 'cutaway':
      return renderCutaway(block.organ, options);
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

/** Source text with its line numbers, which are no part of what is read aloud or copied. */
export function renderLines(text: string, start: number, id?: (line: number) => string): string {
  return text
    .replace(/\n$/, '')
    .split('\n')
    .map((row, i) => {
      const anchor = id ? ` id="${id(start + i)}"` : '';
      const words = isRemark(row) ? `<span class="remark">${escape(row)}</span>` : escape(row);
      return `<span class="line"${anchor}><span class="number" aria-hidden="true">${start + i}</span>${words}\n</span>`;
    })
    .join('');
}

function renderQuote({ file, start, text }: Citation, { source }: HtmlOptions): string {
  const href = source?.(file, start);
  const name = href ? `<a href="${escape(href)}">${escape(file)}</a>` : escape(file);
  const code = `<pre tabindex="0"><code>${renderLines(text, start)}</code></pre>`;
  return `<figure class="quote"><figcaption>${name}, from line ${start}</figcaption>${code}</figure>`;
}

/** The growing picture, what is new in it, and the same in words. */
export function renderCutaway(current: number, { chapter }: HtmlOptions): string {
  const organ = organs[current];
  const about = organ
    ? `The ship so far. This lesson brings <b>${organ.name}</b>, number ${current}: ${organ.is}.`
    : 'The ship that the lessons build. Numbers are lessons.';
  const item = ({ name, is }: Organ): string => {
    const href = chapter?.(name);
    return `<li>${href ? `<a href="${href}">${name}</a>` : name}: ${is}</li>`;
  };
  const there = organs.filter((_, i) => stateOf(i, current) !== 'later').map(item);
  const words = `<details><summary>The picture in words</summary><p>A ship stands in a dry dock, cut open. The ground below it is the kernel. It has:</p><ol start="0">${there.join('\n')}</ol></details>`;
  return `<figure class="growing">${drawCutaway(current)}<figcaption>${about}</figcaption>${words}</figure>`;
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
