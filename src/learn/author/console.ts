/**
 * The ```console blocks of a chapter: what a reader is to type, and what the book says will be printed.
 *
 *     # a command of root's           $ a command of anybody's
 *     > its continuation
 *     what is printed; ‹what differs on each machine› matches anything on its line
 *     ‹…›                             any number of lines
 *
 * How wide a column is depends on what stands in it, so blanks match blanks. Of a command with nothing below it the
 * chapter says nothing: it may print what it likes.
 */

export interface Typed {
  /** Line in the chapter, from 1. */
  readonly line: number;
  readonly command: string;
  readonly expected: readonly string[];
}

/** Everything that a chapter has its reader type, in order. */
export function typedIn(chapter: string): Typed[] {
  const typed: { line: number; command: string; expected: string[] }[] = [];
  let inside = false;
  for (const [index, raw] of chapter.split('\n').entries()) {
    const text = raw.trimEnd();
    if (/^\s*```/.test(text)) {
      inside = /^\s*```console$/.test(text);
      continue;
    }
    if (!inside) continue;
    const last = typed.at(-1);
    const [, prompt, words = ''] = /^([$#>]) (.*)$/.exec(text) ?? [];
    if (prompt === '>' && last?.expected.length === 0) last.command += `\n${words}`;
    else if (prompt === '$' || prompt === '#') typed.push({ line: index + 1, command: words, expected: [] });
    else last?.expected.push(text);
  }
  return typed;
}

/** Whether what was printed is what the chapter shows. Lines about jobs that have ended come when they like. */
export function isAsShown(expected: readonly string[], printed: string): boolean {
  if (expected.length === 0) return true;
  const said = expected.filter((line) => line !== '');
  const isShown = said.some((line) => JOB.test(line));
  const lines = printed.split('\n').map((line) => line.trimEnd());
  const kept = lines.filter((line) => line !== '' && (isShown || !JOB.test(line)));
  const pattern = said.map((line) => (line === '‹…›' ? '(?:.*\n)*?' : `${patternOf(line)}\n`)).join('');
  return new RegExp(`^${pattern}$`).test(kept.map((line) => `${line}\n`).join(''));
}

/** `[1]+  Done  sleep 1 &`, as bash says it before its next prompt; dash has a blank before the sign. */
const JOB = /^\[\d+\] ?[+-]?\s+(Done|Exit|Terminated|Killed|Hangup|Stopped)/;

function patternOf(line: string): string {
  const parts = line.split(/(‹[^›]*›)/);
  return parts.map((part) => (part.startsWith('‹') ? '.*?' : literal(part))).join('');
}

function literal(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replace(/[ \t]+/g, '[ \\t]+');
}
