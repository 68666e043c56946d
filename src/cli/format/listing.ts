/**
 * Lists as Docker prints them: a table with three spaces between columns, a template for each row, or JSON for each row.
 *
 *     --format table                        the usual columns
 *     --format 'table {{.ID}}\t{{.Size}}'   these columns, with their headings
 *     --format '{{.ID}}'                    a line for each row, without headings
 *     --format json                         an object for each row
 */
import { jsonText } from './template/docker-functions.ts';
import { blaming } from './template/errors.ts';
import { Nil, shaped } from './template/values.ts';
import { template } from './template.ts';

/** What a row shows by name; a function is asked with the words behind its name: `{{.Label "tier"}}`. */
export type Row = Readonly<Record<string, string | null | ((word: string) => string)>>;

export interface Listing {
  /** Headings by the name that templates use: `{ ID: 'IMAGE ID' }`. */
  readonly headings: Readonly<Record<string, string>>;
  /** The names of the usual columns, in their order. */
  readonly columns: readonly string[];
  /** What is printed of each row with --quiet. */
  readonly quiet?: string;
  /** Docker's type of a row, which errors name. */
  readonly type: string;
}

export interface ListFormat {
  readonly format?: string;
  readonly quiet?: boolean;
}

/** The whole text, with a line end after each line. */
export function listing(rows: readonly Row[], list: Listing, { format: asked, quiet = false }: ListFormat): string {
  const format = asked || 'table';
  if (quiet && list.quiet && format === 'table') return lines(rows.map((row) => String(row[list.quiet!])));
  const structs = rows.map((row) => struct(row, list));
  if (format === 'json') return lines(structs.map(jsonText));
  const isTable = format.startsWith('table');
  const wanted = escaped((isTable ? format.slice('table'.length) : format).replace(/^ +| +$/g, ''));
  const text = wanted || list.columns.map((name) => `{{.${name}}}`).join('\t');
  const fill = blaming(BLAME, () => template(text));
  const filled = structs.map((row) => blaming(BLAME, () => fill(row)));
  if (!isTable) return lines(filled);
  const headings = shaped({ ...list.headings, Label: labelHeading }, { kind: 'map', zero: '' });
  return aligned([fill.headings(headings), ...filled].map((line) => line.split('\t')));
}

/** A row as templates see it. */
export function struct(row: Row, { type }: Listing): object {
  const fields = Object.entries(row).map(([name, value]) => [name, value ?? noPointer] as const);
  return shaped(Object.fromEntries(fields), { kind: 'struct', type: `*${type}`, isRow: true });
}
const noPointer = new Nil('pointer');
const BLAME = 'template parsing error';

/** `com.example.tier-name` as Docker heads its column: the last part, in words. */
const labelHeading = (name: string): string => name.split('.').at(-1)!.replace(/[-_]/g, ' ');

/** A shell gives `\t` as it is; Docker reads it as a tab. */
const escaped = (text: string): string => text.replaceAll('\\t', '\t').replaceAll('\\n', '\n');

const lines = (texts: readonly string[]): string => texts.map((text) => `${text}\n`).join('');

/** As Go's tabwriter in Docker's lists: cells have a minimum width and three spaces behind them, the last one is free. */
export function aligned(rows: readonly (readonly string[])[], least = 10): string {
  const widths: number[] = [];
  for (const row of rows)
    row.slice(0, -1).forEach((cell, i) => (widths[i] = Math.max(widths[i] ?? least, lengthOf(cell) + 3)));
  const padded = (cell: string, i: number): string => cell + ' '.repeat(widths[i]! - lengthOf(cell));
  return lines(rows.map((row) => row.map((cell, i) => (i === row.length - 1 ? cell : padded(cell, i))).join('')));
}

/** In characters, not in UTF-16. */
const lengthOf = (text: string): number => [...text].length;
