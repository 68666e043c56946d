/**
 * How Docker's verbs fail: with a line on standard error in Docker's words, and its exit codes.
 *
 *     1      the engine has said no, or words are missing
 *     125    an option is wrong; for `run` also everything before the program starts
 *     126, 127, n     the program's own (run, exec, start -a)
 */
import { DrydockError } from '../../errors.ts';

/** The work has failed, with an exit code of its own. */
export class CommandFailure extends DrydockError {
  constructor(
    message: string,
    readonly exitCode = 1,
    cause?: unknown,
  ) {
    super('REFUSED', message, { cause, hint: cause instanceof DrydockError ? cause.hint : undefined });
  }

  /** Hints are for people at terminals; whether this one is half of the answer, and told to everybody. */
  get isHintForAll(): boolean {
    return this.cause instanceof CommandFailure && this.cause.isHintForAll;
  }
}

/** What it was meant to be, or where it went wrong, is told to everybody. */
export class HintedFailure extends CommandFailure {
  constructor(message: string, hint: string | undefined, exitCode = 1) {
    super(message, exitCode, new DrydockError('REFUSED', message, { hint }));
  }

  override get isHintForAll(): boolean {
    return true;
  }
}

/** Below the error, a line for each: the one form that hints of these verbs have. */
export const hintText = (hint: string): string => `${hint.replaceAll(/^/gm, 'hint: ')}\n`;

/** An option is wrong; the verb's usage is shown below it. */
export class UsageFailure extends DrydockError {
  constructor(
    message: string,
    readonly mistyped?: Mistyped,
  ) {
    super('BAD_USAGE', message);
  }
}

/** A word that is none of those that there are: what it was meant to be is looked for when it is told. */
export interface Mistyped {
  readonly word: string;
  readonly names: readonly string[];
}

/** A verb that there is not, in Docker's words. */
export class UnknownVerb extends CommandFailure {
  constructor(
    message: string,
    readonly mistyped: Mistyped,
  ) {
    super(message);
  }
}

/** A failure that is told, and that is none for the exit code. */
export class Harmless extends CommandFailure {
  constructor(message: string, cause?: unknown) {
    super(message, 0, cause);
  }
}

/** As `run` and `create` tell a failure: with the command's own name, and where to read on. */
export function withHelp(error: unknown, path: string, codeOf: (message: string) => number): unknown {
  if (!(error instanceof DrydockError) || error instanceof UsageFailure) return error;
  const message = `drydock: ${error.message}\n\nRun '${path} --help' for more information`;
  return new CommandFailure(message, codeOf(error.message), error);
}
