/**
 * `.dockerignore`: what of a folder does not belong to the context.
 *
 *     # comment
 *     node_modules        this path and all below it; always from the context's root
 *     temp-*              globs (glob.ts); behind two stars and a slash, at any depth
 *     !keep.log           taken back; of all lines that match a path, the last one counts
 *
 * A folder that is left out need not be walked, unless an exception could bring back something in it. The client leaves out
 * what the file says before it sends anything; the engine does when it fetches the context itself.
 */
import { posix } from 'node:path';
import { DrydockError } from '../../errors.ts';
import { glob } from './glob.ts';

export interface Ignore {
  /** Whether the path, relative to the context and with `/`, is left out. */
  (path: string): boolean;
  /** Whether what lies in a folder that is left out may belong to the context all the same. */
  readonly hasExceptions: boolean;
}

interface Rule {
  readonly isException: boolean;
  readonly matches: (path: string) => boolean;
}

/** Throws DOCKERFILE_INVALID for a pattern that cannot be read. */
export function parseIgnore(text: string): Ignore {
  const rows = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  return ignoring(rows.filter((row) => !row.startsWith('#')));
}

/** The same, from patterns that stand somewhere else: COPY's `--exclude`. */
export function ignoring(patterns: readonly string[]): Ignore {
  const rules = patterns
    .map((pattern) => pattern.trim())
    .filter((pattern) => pattern !== '')
    .map(ruleOf);
  const isIgnored = (path: string): boolean => {
    const last = rules.findLast((rule) => rule.matches(path));
    return last !== undefined && !last.isException;
  };
  return Object.assign(isIgnored, { hasExceptions: rules.some((rule) => rule.isException) });
}

function ruleOf(row: string): Rule {
  const isException = row.startsWith('!');
  const written = isException ? row.slice(1).trim() : row;
  if (written === '')
    throw new DrydockError('DOCKERFILE_INVALID', "'!' alone is no exception", {
      hint: 'what shall stay in the context follows it: !keep.log',
    });
  const pattern = posix
    .normalize(written)
    .replace(/^\/(?=.)/, '')
    .replace(/(?<=.)\/$/, '');
  return { isException, matches: glob(pattern) };
}
