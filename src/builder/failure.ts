/** What has failed in a build: where it stands in the Dockerfile, and what it was done on. */
import { hexOf } from '../content/digest.ts';
import { DrydockError } from '../errors.ts';
import type { State, Step } from './builder.ts';

/** For whoever shows it. `before` is missing where nothing was there yet. */
interface Told {
  readonly line: number;
  readonly text: string;
  readonly before?: string;
}

const toldOf = ({ line, text }: Step, { id }: Pick<State, 'id'>): Told => ({
  line,
  text,
  before: id && hexOf(id).slice(0, 12),
});

/** A program of the build that has failed. */
export class ProgramFailure extends DrydockError {
  readonly told: Told;

  constructor(
    args: readonly string[],
    /** That of the program, which becomes that of `docker build`. */
    readonly exitCode: number,
    step: Step,
    state: State,
  ) {
    const told = toldOf(step, state);
    super('INSTRUCTION_FAILED', `The command '${args.join(' ')}' returned a non-zero code: ${exitCode}`, {
      at: `line ${step.line}`,
      hint:
        told.before && `\`drydock run --rm -it --entrypoint sh ${told.before}\` opens a shell in what it was run on`,
    });
    this.told = told;
  }
}

/** The same error with its place, if it has none. `before` is what the step was done on. */
export function atStep(error: unknown, step: Step, before: Pick<State, 'id'> = {}): unknown {
  if (!(error instanceof DrydockError) || 'told' in error) return error;
  return Object.assign(error, { told: toldOf(step, before) });
}
