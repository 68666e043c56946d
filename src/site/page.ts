/**
 * What all pages of the site have in common: head, header, footer, and what a page is allowed to do.
 *
 * The pages work from the disk (file://) as from a server: their style and scripts are files beside them, no request
 * goes elsewhere, and the policy forbids what we do not do. A picture's own style is allowed by its hash. Without
 * scripts everything can be read; what only a script can do (search, the switch of colours) is hidden until one runs.
 */
import { createHash } from 'node:crypto';
import { escape } from '../book/html.ts';

export interface Link {
  readonly href: string;
  readonly title: string;
}

export interface PageOptions {
  readonly title: string;
  /** A line above the title: where in the course this is. */
  readonly kicker?: string;
  readonly body: string;
  /** Sections of the page, if it is long. */
  readonly sections?: readonly Link[];
  readonly previous?: Link;
  readonly next?: Link;
}

/** A whole page. */
export function renderPage({ title, kicker, body, sections = [], previous, next }: PageOptions): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy(body)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escape(title)} · Drydock</title>
<link rel="icon" href="icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="book.css">
<script src="theme.js"></script>
<script src="book.js" defer></script>
</head>
<body>
<a class="skip" href="#text">Skip to the text</a>
<header class="top">
<nav aria-label="Book"><a class="brand" href="index.html">Drydock</a> <a href="index.html#contents">Contents</a></nav>
<div class="tools">
<button type="button" data-search hidden>Search <kbd aria-hidden="true">/</kbd></button>
<button type="button" data-theme-switch hidden>Colours: system</button>
</div>
</header>
<div class="sheet">
<main id="text" tabindex="-1">
${kicker ? `<p class="kicker">${escape(kicker)}</p>` : ''}
${body}
</main>
${renderSections(sections)}
</div>
<footer>${renderNeighbours(previous, next)}</footer>
${searchDialog}
</body>
</html>
`;
}

const searchDialog = `<dialog class="search" aria-labelledby="search-title">
<form method="dialog">
<h2 id="search-title">Search the book</h2>
<button type="submit" class="close">Close</button>
</form>
<input type="search" aria-label="Words to look for" aria-describedby="search-count" autocomplete="off" spellcheck="false">
<p id="search-count" role="status"></p>
<ol class="hits"></ol>
</dialog>`;

function policy(body: string): string {
  const styles = [...body.matchAll(/<style>([^]*?)<\/style>/g)].map(
    ([, css = '']) => ` 'sha256-${createHash('sha256').update(css).digest('base64')}'`,
  );
  return [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self'${[...new Set(styles)].join('')}`,
    "img-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
}

function renderSections(sections: readonly Link[]): string {
  if (sections.length < 3) return '';
  const items = sections.map(({ href, title }) => `<li><a href="${escape(href)}">${escape(title)}</a></li>`);
  return `<nav class="sections" aria-label="On this page"><ol>${items.join('\n')}</ol></nav>`;
}

function renderNeighbours(previous?: Link, next?: Link): string {
  const link = (rel: string, word: string, to?: Link): string =>
    to
      ? `<a rel="${rel}" href="${escape(to.href)}"><span class="way">${word}</span> <span>${escape(to.title)}</span></a>`
      : '<span></span>';
  if (!previous && !next) return '';
  return `<nav aria-label="Chapters">${link('prev', 'Before', previous)}${link('next', 'Next', next)}</nav>`;
}
