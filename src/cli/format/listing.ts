/**
 * Lists as Docker prints them: a table with three spaces between columns, a template for each row, or JSON for each row.
 *
 *     --format table                        the usual columns
 *     --format 'table {{.ID}}\t{{.Size}}'   these columns, with their headings
 *     --format '{{.ID}}'                    a line for each row, without headings
 *     --format json                         an object for each row
 */
import { template } from './template.ts';

export type Row = Readonly<Record<string, string>>;

export interface Listing {
  /** Headings by the name that templates use: `{ ID: 'IMAGE ID' }`. */
  readonly headings: Readonly<Record<string, string>>;
  /** The names of the usual columns, in their order. */
  readonly columns: readonly string[];
  /** What is printed of each row with --quiet. */
  readonly quiet?: string;
}

export interface ListFormat {
  readonly format?: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

/** The whole text, with a line end after each line. */
export function listing(
  rows: readonly Row[],
  list: Listing,
  { format = 'table', json = false, quiet = false }: ListFormat,
): string {
  if (quiet && list.quiet && format === 'table') return lines(rows.map((row) => row[list.quiet!]!));
  if (json || format === 'json') return lines(rows.map((row) => JSON.stringify(row)));
  const isTable = /^table(\s|$)/.test(format);
  const wanted = escaped(isTable ? format.slice('table'.length).trim() : format);
  const text = wanted || list.columns.map((name) => `{{.${name}}}`).join('\t');
  const fill = template(text);
  if (!isTable) return lines(rows.map(fill));
  return aligned([list.headings, ...rows].map((row) => fill(row).split('\t')));
}

/** A shell gives `\t` as it is; Docker reads it as a tab. */
const escaped = (text: string): string => text.replaceAll('\\t', '\t').replaceAll('\\n', '\n');

const lines = (texts: readonly string[]): string => texts.map((text) => `${text}\n`).join('');

/** As Go's tabwriter with a minimum width of 10 and a padding of 3, in Docker's lists: the last column is free. */
function aligned(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows)
    row.slice(0, -1).forEach((cell, i) => (widths[i] = Math.max(widths[i] ?? 10, cell.length + 3)));
  return lines(
    rows.map((row) => row.map((cell, i) => (i === row.length - 1 ? cell : cell.padEnd(widths[i]!))).join('')),
  );
}
