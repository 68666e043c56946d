/**
 * A chapter's picture, so that it obeys the switch of colours.
 *
 * A picture asks the system whether it is dark (`prefers-color-scheme`), because it is also looked at outside the book.
 * In a page the reader may have said otherwise. So the rules for the dark are written twice: for a dark system unless
 * the reader wants it light, and for a reader who wants it dark; never on paper.
 */
import { transformSync } from 'esbuild';

const DARK = /@media\s*\(\s*prefers-color-scheme:\s*dark\s*\)\s*\{/;

/** The SVG with the rules of its style sheets rewritten. */
export function followingTheSwitch(svg: string): string {
  return svg.replace(/<style[^>]*>([^]*?)<\/style>/g, (_, css: string) => `<style>${rewritten(css)}</style>`);
}

function rewritten(css: string): string {
  const opening = DARK.exec(css);
  if (!opening) return css;
  const start = opening.index + opening[0].length;
  const end = closingBrace(css, start);
  const rules = css.slice(start, end);
  // Nesting says it briefly; esbuild writes it out for browsers that do not know nesting.
  const nested = `
    @media screen and (prefers-color-scheme: dark) { :root:not([data-theme='light']) { ${rules} } }
    @media screen { :root[data-theme='dark'] { ${rules} } }`;
  const { code } = transformSync(nested, { loader: 'css', target: 'chrome100', minify: true });
  return css.slice(0, opening.index) + code.trim() + rewritten(css.slice(end + 1));
}

function closingBrace(css: string, from: number): number {
  let depth = 1;
  for (let at = from; at < css.length; at++) {
    if (css[at] === '{') depth++;
    if (css[at] === '}' && --depth === 0) return at;
  }
  return css.length;
}
