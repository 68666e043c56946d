/**
 * The comments that mean something: `# escape=` and `# syntax=`, in the rows before everything else.
 *
 * The first row that is no directive ends them, also an empty one or a comment: what looks like a directive below it is a
 * comment. That is why an unknown name is no error.
 */
import type { Escape } from './dockerfile.ts';
import { shown, wrong } from './wrong.ts';

/** `check` asks BuildKit's linter for something; it is known so that it does not end the directives. */
const names: readonly string[] = ['syntax', 'escape', 'check'];

export interface Directives {
  readonly escape: Escape;
  readonly syntax?: string;
}

export function readDirectives(rows: readonly string[], file: string): Directives {
  const found = new Map<string, string>();
  let escape: Escape = '\\';
  for (const [index, row] of rows.entries()) {
    const { name, value, column } = directive(row) ?? {};
    if (name === undefined || value === undefined) break;
    const place = { file, line: index + 1, column: column! };
    if (found.has(name))
      throw wrong(place, `the directive '${name}' stands here a second time`, 'each may be given once');
    found.set(name, value);
    if (name !== 'escape') continue;
    if (value !== '\\' && value !== '`')
      throw wrong(place, `invalid escape ${shown(value)}`, 'it is \\ (when nothing is said) or `');
    escape = value;
  }
  return { escape, syntax: found.get('syntax') };
}

/** By hand, because the obvious expression needs quadratic time for a row of blanks. */
function directive(row: string): { name: string; value: string; column: number } | undefined {
  const begin = row.length - row.trimStart().length;
  const equals = row.indexOf('=');
  if (row[begin] !== '#' || equals < 0) return undefined;
  const name = row
    .slice(begin + 1, equals)
    .trim()
    .toLowerCase();
  const value = row.slice(equals + 1).trim();
  return names.includes(name) && value !== '' ? { name, value, column: row.indexOf(value, equals) + 1 } : undefined;
}
