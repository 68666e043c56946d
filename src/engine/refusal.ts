/**
 * Why a program could not be started, in the words that docker's command line looks for: by them it chooses between the
 * exit codes 127 (not found), 126 (not executable) and 125.
 */
import { DrydockError, type Failure } from '../errors.ts';

/** The same error with Docker's message in front; anything else as it is. */
export function inDockersWords(error: unknown, verb: 'create' | 'exec', program: string): unknown {
  if (!(error instanceof DrydockError)) return error;
  const why = wordsFor(error, program);
  if (why === undefined) return error;
  const { code, isolator, step, call, args, errno, at, hint } = error;
  const known: Failure = { isolator, step, call, args, errno, at, hint, cause: error };
  return new DrydockError(code, `OCI runtime ${verb} failed: exec: "${program}": ${why}: unknown`, known);
}

function wordsFor({ code }: DrydockError, program: string): string | undefined {
  if (code === 'PROGRAM_NOT_EXECUTABLE') return 'permission denied';
  if (code !== 'PROGRAM_NOT_FOUND') return undefined;
  return program.includes('/') ? `stat ${program}: no such file or directory` : 'executable file not found in $PATH';
}
