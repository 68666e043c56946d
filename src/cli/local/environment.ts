/**
 * `-e NAME=value`: variables for a program, over those that it has already.
 *
 * A name is there once: of two entries execve(2) passes both on, getenv(3) finds the first, and which PATH counts for
 * finding the program would be a matter of taste.
 */
import { DrydockError } from '../../errors.ts';

/** The variables of `own` with those of `more` in place of the same names. */
export function withVariables(own: readonly string[], more: readonly string[]): string[] {
  const entries = new Map<string, string>();
  for (const entry of [...own, ...more]) entries.set(nameOf(entry), entry);
  return [...entries.values()];
}

const nameOf = (entry: string): string => entry.split('=', 1)[0]!;

/** `-e` as Docker has it: `NAME=value`, or `NAME` for ours, if we have it. Throws BAD_USAGE. */
export function fromOurs(entry: string): string[] {
  const name = named(entry, 'NAME=value, or NAME for the value that it has here');
  if (entry.includes('=')) return [entry];
  const value = process.env[name];
  return value === undefined ? [] : [`${name}=${value}`];
}

/** `-e` as runc has it: `NAME=value` and nothing else. Throws BAD_USAGE. */
export function spelledOut(entry: string): string {
  const name = named(entry, 'NAME=value');
  if (entry.includes('=')) return entry;
  throw new DrydockError('BAD_USAGE', `'-e ${entry}' has no value`, { hint: `-e ${name}=value` });
}

function named(entry: string, right: string): string {
  const name = nameOf(entry);
  if (name === '') throw new DrydockError('BAD_USAGE', `'-e ${entry}' names no variable`, { hint: `-e ${right}` });
  return name;
}
