/**
 * Reading facts that may not be there: the process ends while it is looked at, this kernel is older than the file, or
 * the process has privileges that we lack, and may not be asked (EACCES; ptrace(2), access mode checking).
 */
import { readFileSync } from 'node:fs';
import type { Fact } from './inspect.ts';

const ABSENT = new Set(['ENOENT', 'ESRCH', 'ENOTDIR', 'EINVAL', 'EOPNOTSUPP', 'ENODEV', 'EACCES']);

/** What `read` answers; undefined for what is not there. Throws everything else. */
export function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (ABSENT.has((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
}

/** The text of a file, trimmed. */
export const textOf = (path: string): string | undefined => attempt(() => readFileSync(path, 'utf8').trim());

/** The lines of a file. */
export const linesOf = (path: string): string[] => textOf(path)?.split('\n').filter(Boolean) ?? [];

/** A fact, if its value is known. */
export const fact = (label: string, value: string | undefined): Fact[] => (value === undefined ? [] : [[label, value]]);
