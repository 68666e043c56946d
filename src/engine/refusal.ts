/**
 * Why a program could not be started, in the words that docker's command line looks for: by them it chooses between the
 * exit codes 127 (not found), 126 (not executable) and 125.
 */
import { DrydockError, type Failure } from '../errors.ts';
import { spoken } from '../linux/errno.ts';

/** The same error with Docker's message in front; anything else as it is. */
export function inDockersWords(error: unknown, verb: 'create' | 'exec', program: string): unknown {
  if (!(error instanceof DrydockError)) return error;
  const why = wordsFor(error, program);
  const what = why === undefined ? (folderOf(error) ?? parameterOf(error)) : `exec: "${program}": ${why}`;
  if (what === undefined) return error;
  const { code, isolator, step, call, args, errno, at, hint } = error;
  const known: Failure = { isolator, step, call, args, errno, at, hint, cause: error };
  return new DrydockError(code, `OCI runtime ${verb} failed: ${what}: unknown`, known);
}

function wordsFor({ code, call, errno }: DrydockError, program: string): string | undefined {
  if (code === 'START_FAILED' && call === 'lookup_exec' && errno !== undefined)
    return `stat ${program}: ${spoken(errno)}`;
  if (code === 'PROGRAM_NOT_EXECUTABLE') return 'permission denied';
  if (code !== 'PROGRAM_NOT_FOUND') return undefined;
  return program.includes('/') ? `stat ${program}: no such file or directory` : 'executable file not found in $PATH';
}

/** Where the program was to begin, if that is what could not be. */
function folderOf({ code, call, args = [], errno }: DrydockError): string | undefined {
  if (code !== 'STEP_FAILED' || call !== 'chdir' || errno === undefined) return undefined;
  return `chdir to cwd (${JSON.stringify(args[0])}) set in config.json failed: ${spoken(errno)}`;
}

/** Which parameter of the kernel could not be set. */
function parameterOf({ code, call = '', args = [], errno }: DrydockError): string | undefined {
  if (code !== 'STEP_FAILED' || !call.startsWith('write_sysctl') || errno === undefined) return undefined;
  return `open /proc/sys/${String(args[1])}: ${spoken(errno)}`;
}
