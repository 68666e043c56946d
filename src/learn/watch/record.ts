/**
 * Results between the process that runs a learner's code and the one that watches: JSON text sequences (RFC 7464), so
 * that they can be told from what the learner's code prints.
 */
import type { Result } from '../check/runner.ts';

const SEPARATOR = '\x1e';

/** The results as a record. */
export function asRecord(results: readonly Result[]): string {
  return `\n${SEPARATOR}${JSON.stringify(results)}\n`;
}

/** The results in what was printed, undefined when there are none, and everything else. */
export function recordIn(printed: string): { results?: readonly Result[]; rest: string } {
  const at = printed.lastIndexOf(SEPARATOR);
  const end = printed.indexOf('\n', at);
  if (at < 0 || end < 0) return { rest: printed.trim() };
  const rest = (printed.slice(0, at) + printed.slice(end)).trim();
  try {
    return { results: JSON.parse(printed.slice(at + 1, end)) as Result[], rest };
  } catch {
    return { rest: printed.trim() }; // The learner's code has printed the separator itself.
  }
}
