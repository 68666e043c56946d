/**
 * Help on a terminal that is narrower than the 80 columns for which it is laid out: folded at words, with what stands on the
 * right of a table below what stands on the left. Left to itself a terminal breaks lines in the middle of words.
 */
import { narrowLook, wrap } from './output.ts';

/** What help is laid out for. */
export const FULL_WIDTH = 80;

/** How much further to the right the second column of a table goes on below the first. */
const BELOW = 4;
/** The second column of a table begins here at the earliest, so a line that begins there goes on with it. */
const SECOND = 12;

interface Row {
  readonly indent: number;
  readonly left: string;
  right: string;
}

/** Columns that help has on a stream: 80 at most. */
export const helpWidth = (stream: NodeJS.WriteStream = process.stdout): number => narrowLook(stream).columns;

/** Prints a help text that is laid out for 80 columns, or whose tables have lines of any length. */
export function printHelp(text: string, stream: NodeJS.WriteStream = process.stdout): void {
  const columns = helpWidth(stream);
  stream.write(columns < FULL_WIDTH ? narrowed(text, columns) : text);
}

/** The same text in lines of at most so many columns; a longer word gets a line of its own. */
export function narrowed(text: string, columns: number): string {
  return rowsOf(text)
    .flatMap((row) => laidOut(row, columns))
    .join('\n');
}

function rowsOf(text: string): Row[] {
  const rows: Row[] = [];
  for (const line of text.replaceAll('\t', ' '.repeat(BELOW)).split('\n')) {
    const [, blanks = '', left = '', right = ''] = /^( *)(.*?)(?: {2,}(\S.*))?$/.exec(line)!;
    const last = rows.at(-1);
    if (blanks.length >= SECOND && right === '' && last?.right) last.right += ` ${left}`;
    else rows.push({ indent: Math.min(blanks.length, 2 * BELOW), left, right });
  }
  return rows;
}

function laidOut({ indent, left, right }: Row, columns: number): string[] {
  const whole = [left, right].filter(Boolean).join('  ');
  if (indent + whole.length <= columns) return [whole && ' '.repeat(indent) + whole];
  const [first = '', ...more] = wrap(left, columns - indent);
  const at = (place: number, lines: readonly string[]): string[] => lines.map((line) => ' '.repeat(place) + line);
  const further = indent === 0 || more.length === 0 ? [] : wrap(more.join(' '), columns - indent - BELOW / 2);
  return [
    ...at(indent, [first]),
    ...(indent === 0 ? more : at(indent + BELOW / 2, further)),
    ...(right ? at(indent + BELOW, wrap(right, columns - indent - BELOW)) : []),
  ];
}
