/**
 * Finds the functions of a C file without a C parser.
 *
 * At depth 0, outside of strings, characters, comments and preprocessor lines, a `name ( … ) {` is the definition of a
 * function, and it ends with the brace that closes this one. That holds for code that does not hide braces in macros.
 */
import type { Place } from './source.ts';

/** All function definitions of a C text, with the comment that stands directly above each. */
export function cFunctions(text: string): Place[] {
  const code = blanked(text);
  const places: Place[] = [];
  const definition = /\b([A-Za-z_]\w*)\s*\(/g;
  let from = 0;
  for (let at = code.indexOf('{'); at >= 0; at = code.indexOf('{', from)) {
    const close = closing(code, at);
    // What stands before the last `;` was another declaration.
    from = Math.max(from, code.lastIndexOf(';', at) + 1);
    const head = code.slice(from, at);
    definition.lastIndex = 0;
    const name = definition.exec(head);
    // `struct x {` and `= {` have no parameters before the brace.
    if (name && /\)\s*$/.test(head)) {
      const start = from + head.length - head.trimStart().length;
      places.push({
        symbol: name[1]!,
        full: commentAbove(text, start),
        start,
        end: close + 1,
        body: { start: at, end: close + 1 },
      });
    }
    from = close + 1;
  }
  return places;
}

function closing(code: string, at: number): number {
  let depth = 0;
  for (let i = at; i < code.length; i++) {
    if (code[i] === '{') depth++;
    if (code[i] === '}' && --depth === 0) return i;
  }
  return code.length - 1;
}

/** The same text, as long, with spaces for all that is not code; the braces of a namespace hide no function either. */
function blanked(text: string): string {
  const notCode =
    /\/\*[\s\S]*?\*\/|\/\/[^\n]*|"(?:\\[\s\S]|[^"\\\n])*"|'(?:\\[\s\S]|[^'\\\n])*'|^[ \t]*#(?:\\\n|[^\n])*|^namespace\b[\w:\s]*\{|^\}[ \t]*\/\/ namespace.*/gm;
  return text.replace(notCode, (found) => found.replace(/[^\n]/g, ' '));
}

function commentAbove(text: string, start: number): number {
  const lines = text.slice(0, start).split('\n');
  lines.pop();
  let first = lines.length;
  while (first > 0 && /^\s*(\/\/|\/\*|\*)/.test(lines[first - 1]!)) first--;
  return first === lines.length ? start : lines.slice(0, first).join('\n').length + (first ? 1 : 0);
}
