/**
 * Prints what checks found, in 80 columns at most: what you did, what the kernel says, what was wanted, how to see it.
 */
import { basename } from 'node:path';
import type { Lesson } from '../lesson.ts';
import { hung } from '../demo/screen.ts';
import { apart, fold, type Look } from '../look.ts';
import type { Result } from './runner.ts';

const LABEL = 10;
const INDENT = 7;

/** The line above: `check pid · isolators/pid.ts …     3 of 10`. */
export function heading(lesson: Lesson, results: readonly Result[], { style, columns }: Look): string {
  const right = `${passed(results)} of ${results.length}`;
  const files = [...new Set(lesson.slots.map(({ file }) => file))];
  const short = files.map((file) => basename(file));
  const [left = `check ${lesson.name}`] = [files, short]
    .map((names) => `check ${lesson.name} · ${names.join(', ')}`)
    .filter((text) => text.length + 1 + right.length <= columns);
  return left.length + 1 + right.length > columns
    ? `${style.bold(left)}\n${right.padStart(columns)}`
    : style.bold(left.padEnd(columns - right.length)) + right;
}

export function passed(results: readonly Result[]): number {
  return results.filter(({ outcome }) => outcome === 'ok').length;
}

/** One check: its title when it holds, and four lines more when it does not. */
export function resultText(result: Result, { style, columns }: Look): string {
  const title = fold(result.title, columns - INDENT).join(`\n${' '.repeat(INDENT)}`);
  if (result.outcome === 'ok') return ` ${style.green('ok')}    ${title}`;
  const { finding } = result;
  if (!finding) return '';
  const lines = [` ${style.bold.red('FAIL')}  ${title}`];
  const say = (label: string, text: string, aside = ''): void => {
    lines.push(...labelledLines(label, text, aside, columns));
  };
  say('you did', finding.did, finding.at);
  say('kernel', finding.kernel);
  say('wanted', finding.wanted);
  say('see it', finding.see);
  return lines.join('\n');
}

function labelledLines(label: string, text: string, aside: string, columns: number): string[] {
  const start = ' '.repeat(INDENT) + label.padEnd(LABEL);
  const room = columns - start.length;
  const lines = fold(text, room);
  const last = lines.at(-1)!;
  if (aside && last.length + 2 + aside.length <= room)
    lines[lines.length - 1] = last + aside.padStart(room - last.length);
  const below =
    aside && !lines.at(-1)!.endsWith(aside) ? fold(aside, columns).map((line) => line.padStart(columns)) : [];
  return [...lines.map((line, index) => (index === 0 ? start : ' '.repeat(start.length)) + line), ...below];
}

/** What commands say of the container's process: its number is not known before somebody has such a container. */
const OF_CONTAINER = 'PID: of the container';

function whichPid({ name }: Lesson, look: Look): string {
  const text = `what pgrep -nx sleep says in another terminal, while ./drydock check ${name} --keep waits`;
  return hung(' PID'.padEnd(INDENT), text, look);
}

/** What to do next; `hint` is the place of the next one, `1 of 3`. */
export function ending(lesson: Lesson, results: readonly Result[], look: Look, hint: string): string {
  const waiting = results.filter(({ outcome }) => outcome === 'not run').length;
  const failed = results.filter(({ outcome }) => outcome === 'failed').length;
  if (failed === 0)
    return (
      look.style.bold.green(` all ${results.length} hold`) + `     next: ./drydock solution ${lesson.name}, and compare`
    );
  const about = results.some(({ finding }) => finding?.see.includes(OF_CONTAINER)) ? [whichPid(lesson, look)] : [];
  const left = waiting === 0 ? '' : ` not run: ${waiting} that need${waiting === 1 ? 's' : ''} what failed`;
  return [...about, apart(left, `next: ./drydock hint ${lesson.name} (${hint})`, look.columns)].join('\n');
}
