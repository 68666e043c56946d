/** What has failed in a build: where it stands in the Dockerfile, and what it was done on. */
import { hexOf } from '../content/digest.ts';
import { DrydockError } from '../errors.ts';
import type { State, Step } from './builder.ts';

/** For whoever shows it. `before` is missing where nothing was there yet. */
interface Told {
  readonly line: number;
  readonly text: string;
  readonly before?: string;
  /** Words of `run` for a shell in it, where a program has failed and a shell would start (shell.ts). */
  readonly shell?: readonly string[];
}

const toldOf = ({ line, text }: Step, { id }: Pick<State, 'id'>): Told => ({
  line,
  text,
  before: id && hexOf(id).slice(0, 12),
});

/** A program of the build that has failed, with the code that becomes that of `docker build`. */
export class ProgramFailure extends DrydockError {
  constructor(
    args: readonly string[],
    readonly exitCode: number,
    { line }: Step,
  ) {
    super('INSTRUCTION_FAILED', `The command '${args.join(' ')}' returned a non-zero code: ${exitCode}`, {
      at: `line ${line}`,
    });
  }
}

/** The error of a program, with how to look at what it was run on. */
export function withShell(error: DrydockError, step: Step, before: State, shell?: readonly string[]): DrydockError {
  const hint = error instanceof ProgramFailure && shell ? shellHint(shell) : error.hint;
  return Object.assign(error, { hint, told: { ...toldOf(step, before), shell } });
}

const shellHint = (words: readonly string[]): string =>
  `\`drydock run ${words.join(' ')}\` opens a shell in what it was run on`;

/** The same error with its place, if it has none. `before` is what the step was done on. */
export function atStep(error: unknown, step: Step, before: Pick<State, 'id'> = {}): unknown {
  if (!(error instanceof DrydockError) || 'told' in error) return error;
  return Object.assign(error, { told: toldOf(step, before) });
}
