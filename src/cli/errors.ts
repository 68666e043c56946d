/**
 * The one place that prints an error.
 *
 *     drydock: step 9, pivot_root: EINVAL
 *       call     pivot_root(".", "old") = EINVAL
 *       means    put_old is not underneath new_root.
 *       at       src/runtime/isolators/rootfs.ts:31
 *       hint     …
 *
 * Exit codes are Docker's: 127 when the program does not exist, 126 when it cannot be executed, 125 for everything that
 * is our own, 128 + n when a signal ended the program (that one is no error and does not come here).
 */
import { DrydockError, type ErrorCode } from '../errors.ts';
import { ENOENT, errorName, explain } from '../linux/errno.ts';
import { callText } from './call-text.ts';
import { OWN_FAILURE } from './exit.ts';
import { labelled, lookOf, type Look } from './output.ts';

const exitCodes: Partial<Record<ErrorCode, number>> = {
  PROGRAM_NOT_FOUND: 127,
  PROGRAM_NOT_EXECUTABLE: 126,
  START_FAILED: 126,
};

/** The exit code that belongs to an error; `failure` is the verb's own for what is no fault of the command line. */
export function exitCodeOf(thrown: unknown, failure = OWN_FAILURE): number {
  const { code, errno } = asDrydockError(thrown);
  // The program is there, and the interpreter that it names is not.
  if (code === 'START_FAILED' && errno === ENOENT) return exitCodes.PROGRAM_NOT_FOUND!;
  return exitCodes[code] ?? (code === 'BAD_USAGE' ? OWN_FAILURE : failure);
}

/** Anything that was thrown, as the error that a person meets. What is no DrydockError is a mistake of ours. */
export function asDrydockError(error: unknown): DrydockError {
  if (error instanceof DrydockError) return error;
  if (error instanceof AggregateError && error.errors[0] instanceof DrydockError) {
    const { code, isolator, step, call, args, errno, at, hint } = error.errors[0];
    return new DrydockError(code, error.message, { isolator, step, call, args, errno, at, hint, cause: error });
  }
  const { syscall, errno, path } = (error ?? {}) as NodeJS.ErrnoException;
  const message = error instanceof Error ? error.message : String(error);
  if (syscall !== undefined && errno !== undefined)
    return new DrydockError('SYSCALL', message, {
      call: syscall,
      args: path === undefined ? [] : [path],
      errno: Math.abs(errno),
      cause: error,
    });
  return new DrydockError('INTERNAL', message, {
    hint: 'this should not have happened; DRYDOCK_DEBUG=1 shows where it did',
    cause: error,
  });
}

/** The error as data, for --json: only what is known. */
export function errorJson(thrown: unknown): Record<string, unknown> {
  const error = asDrydockError(thrown);
  const { code, message, isolator, step, call, args, errno, at, hint } = error;
  const name = errno === undefined ? undefined : errorName(errno);
  const shown = call === undefined ? undefined : callText(call, args ?? []);
  return { error: { code, message, isolator, step, call, shown, errno, errnoName: name, at, hint } };
}

/** The error as text of several lines. */
export function errorText(thrown: unknown, { columns, style }: Look): string {
  const error = asDrydockError(thrown);
  const { code, message, call, args = [], errno, at, hint } = error;
  const width = Math.min(columns, 80);
  const lines = [`${style.bold.red('drydock:')} ${message}`];
  const add = (label: string, text: string): void => void lines.push(labelled(label, text, { columns: width }));

  // "Not found" says it all: which of our calls noticed it helps nobody.
  const isAboutProgram = code === 'PROGRAM_NOT_FOUND' || code === 'PROGRAM_NOT_EXECUTABLE';
  const meaning = errno === undefined ? undefined : explain(errno, call);
  if (!isAboutProgram && call !== undefined && !message.includes(`${call}(`))
    add('call', callText(call, args) + (errno === undefined ? '' : ` = ${errorName(errno)}`));
  if (!isAboutProgram && meaning && !message.includes(meaning) && meaning !== hint) add('means', meaning);
  if (at && !isAboutProgram) add('at', at);
  if (hint && !(isAboutProgram && hint === meaning)) add(hint === meaning ? 'means' : 'hint', hint);
  if (process.env.DRYDOCK_DEBUG) lines.push(String((error.cause as Error | undefined)?.stack ?? error.stack));
  return lines.join('\n');
}

/** Prints a warning: something that stops nothing. */
export function reportWarning(message: string, { plain }: { plain: boolean }): void {
  const { style } = lookOf(process.stderr, { plain });
  process.stderr.write(`${style.bold.yellow('drydock: warning:')} ${message}\n`);
}

/** Prints an error and sets the exit code. */
export function report(
  error: unknown,
  { json, plain, failure }: { json: boolean; plain: boolean; failure?: number },
): void {
  process.exitCode = exitCodeOf(error, failure);
  if (json) process.stdout.write(`${JSON.stringify(errorJson(error))}\n`);
  else process.stderr.write(`${errorText(error, lookOf(process.stderr, { plain }))}\n`);
}
