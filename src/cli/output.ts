/**
 * How things look: 80 columns at most unless the terminal is wider and the layout gains by it, colour only where a
 * person looks at a terminal, and never colour alone: a word always says the same.
 *
 * NO_COLOR (no-color.org), TERM=dumb and --plain take the colour away.
 */
import { Chalk, type ChalkInstance } from 'chalk';

export interface Look {
  readonly columns: number;
  readonly style: ChalkInstance;
}

interface Stream {
  isTTY?: boolean;
  columns?: number;
}

/** The look for a stream (`process.stdout`). */
export function lookOf(stream: Stream, { plain = false }: { plain?: boolean } = {}): Look {
  const coloured = !plain && stream.isTTY === true && !process.env.NO_COLOR && process.env.TERM !== 'dumb';
  return { columns: Math.max(stream.columns || 80, 40), style: new Chalk({ level: coloured ? 1 : 0 }) };
}

/** The same for what is read as prose and gains nothing by a wider terminal. */
export function narrowLook(stream: Stream, asked: { plain?: boolean } = {}): Look {
  const look = lookOf(stream, asked);
  return { ...look, columns: Math.min(look.columns, 80) };
}

/** Words of `text` in lines of at most `width` characters; a longer word gets a line of its own. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/)) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

/** A label, and its text wrapped in a column beside it. */
export function labelled(
  label: string,
  text: string,
  { indent = 2, label: labelWidth = 9, columns = 80 } = {},
): string {
  const start = ' '.repeat(indent) + label.padEnd(labelWidth);
  const rest = ' '.repeat(indent + labelWidth);
  return wrap(text, Math.max(columns - rest.length, 20))
    .map((line, index) => (index === 0 ? start : rest) + line)
    .join('\n');
}

/** Columns of text, each as wide as its widest cell, the last one free. */
export function table(rows: readonly (readonly string[])[], gap = 2): string {
  const widths: number[] = [];
  for (const row of rows) row.forEach((cell, i) => (widths[i] = Math.max(widths[i] ?? 0, cell.length)));
  const space = ' '.repeat(gap);
  return rows
    .map((row) => row.map((cell, i) => (i === row.length - 1 ? cell : cell.padEnd(widths[i]!))).join(space))
    .join('\n');
}
