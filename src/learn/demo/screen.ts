/**
 * The lines of a demo: 80 columns at most, what is outside and what is inside always said, verdicts as words.
 *
 *      outside $ sleep 7777 &             pid 3201
 *      inside  # kill 3201                (silence)                BAD: it was yours
 */
import { apart, fold, row, type Look } from '../look.ts';
import type { Verdict } from './demo.ts';
import type { Line } from './recording.ts';

/** Where an answer begins: beside its command, or below it where there is no room for two. */
const answerAt = (columns: number): number => (columns < 60 ? 11 : 36);
const ANSWER_LINES = 8;

export type Side = 'outside' | 'inside';

/** A line of a demo as it is drawn. */
export function drawLine(line: Line, look: Look): string {
  switch (line.kind) {
    case 'fact':
      return factLine(line.label, line.text, line.verdict, look);
    case 'plus':
      return plusLine(line.text, line.place, look);
    case 'why':
      return hung(' WHY     ', line.text, look);
    default:
      return commandLine(line.kind, line.command, line.answer, line.verdict, look);
  }
}

/** A command, what it answered, and what to think of it. */
export function commandLine(
  side: Side,
  command: string,
  answer: string,
  verdict: Verdict | undefined,
  look: Look,
): string {
  const left = ` ${side.padEnd(7)} ${side === 'outside' ? '$' : '#'} ${command}`;
  return beside(left, answer, verdict, look, side === 'inside' ? look.style.cyan : undefined);
}

/** A fact that is neither: what the kernel says. */
export function factLine(label: string, text: string, verdict: Verdict | undefined, look: Look): string {
  return beside(` ${label}`, text, verdict, look);
}

function beside(
  left: string,
  answer: string,
  verdict: Verdict | undefined,
  look: Look,
  paint = (text: string): string => text,
): string {
  const at = answerAt(look.columns);
  const room = look.columns - at;
  const answers = fold(answer, room);
  const shown = answers.length > ANSWER_LINES ? [...answers.slice(0, ANSWER_LINES - 1), '…'] : answers;
  const lines = left.length < at ? [] : within(left, look.columns).map((line) => paint(line));
  shown.forEach((text, i) => {
    const start = i === 0 && lines.length === 0 ? left : '';
    lines.push(paint(start.padEnd(at)) + text);
  });
  if (!verdict) return lines.join('\n');
  const word = verdictText(verdict);
  const width = (shown.at(-1)?.length ?? 0) + at;
  const painted = verdict[0] === 'GOOD' ? look.style.bold.green(word) : look.style.bold.red(word);
  if (width + 2 + word.length > look.columns) lines.push(' '.repeat(Math.max(look.columns - word.length, 0)) + painted);
  else lines[lines.length - 1] += ' '.repeat(look.columns - width - word.length) + painted;
  return lines.join('\n');
}

/** A command that is wider than the terminal goes on below where it began. */
function within(left: string, columns: number): string[] {
  if (left.length <= columns) return [left];
  const start = /^ (\w+ +[$#] )?/.exec(left)![0];
  return hung(start, left.slice(start.length), { columns }).split('\n');
}

function verdictText([word, why]: Verdict): string {
  return why ? `${word}: ${why}` : word;
}

/** What can be pressed after a scene; the cursor waits behind it. */
export function keysText(more: readonly string[], { columns, style }: Look): string {
  const keys = ['[Enter] on', ...more, '[b] back', '[q] quit'];
  return style.dim(`${row(keys, '  ', columns - 3).replace(/^/gm, ' ')} `);
}

/** The line above a scene. */
export function titleText(title: string, at: number, scenes: number, look: Look): string {
  return look.style.bold(hung(`${at + 1}/${scenes} `, title, look));
}

/** The last line: a command, and what it is about. */
export function turnText([command, what]: readonly [string, string], look: Look): string {
  const label = `YOUR TURN    ${command.padEnd(22)} `;
  return label.length + what.length <= look.columns
    ? label + what
    : `${label.trimEnd()}\n${hung(' '.repeat(13), what, look)}`;
}

/** A label, and a text of as many lines as it needs beside it. */
export function hung(label: string, text: string, look: Pick<Look, 'columns'>): string {
  return fold(text, look.columns - label.length)
    .map((line, i) => (i === 0 ? label : ' '.repeat(label.length)) + line)
    .join('\n');
}

function plusLine(text: string, place: string, look: Look): string {
  return look.style.green(apart(` + ${text}`, place, look.columns));
}

/** Lines of output as one, or as they are if there are many. */
export function oneLine(output: string): string {
  const lines = output
    .split('\n')
    .map((line) => line.trim().replace(/\s+/g, ' '))
    .filter(Boolean);
  return lines.length === 0 ? '(silence)' : lines.join('   ');
}
