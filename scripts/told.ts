/** How a script of ours ends: what a person can mend is told in words, and no stack leads to it. */
import { DrydockError } from '../src/errors.ts';

/** A command line that is wrong, as for the verbs of `drydock`; everything else that is told has failed. */
const OF_USAGE = ['BAD_USAGE', 'NO_SUCH_LESSON'];

/**
 * Runs a script by its name; what `main` answers is the exit code. A DrydockError becomes a line and its hint, and 1, or 2
 * where the command line is wrong; Ctrl-C, of which a program that we waited for has died, becomes 130. What we have
 * not thought of is thrown.
 */
export function told(name: string, main: () => number | void): void {
  try {
    process.exitCode = main() ?? 0;
  } catch (error) {
    const { signal, code = '', message, hint } = error as DrydockError & { signal?: string };
    const isUsage = OF_USAGE.includes(code) || code.startsWith('ERR_PARSE_ARGS');
    if (signal !== 'SIGINT' && !isUsage && !(error instanceof DrydockError)) throw error;
    if (signal !== 'SIGINT') console.error([`${name}: ${message}`, hint].filter(Boolean).join('\n  '));
    process.exitCode = signal === 'SIGINT' ? 130 : isUsage ? 2 : 1;
  }
}
