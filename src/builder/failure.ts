/** A program of the build that has failed: what it was, and how to look at what it saw. */
import { hexOf } from '../content/digest.ts';
import { DrydockError } from '../errors.ts';
import type { State, Step } from './builder.ts';

export class ProgramFailure extends DrydockError {
  constructor(
    args: readonly string[],
    /** Its exit code, which becomes that of `docker build`. */
    readonly status: number,
    /** Where it stands, and what it was run on. */
    readonly place: Step,
    readonly state: State,
  ) {
    const before = state.id && hexOf(state.id).slice(0, 12);
    super('INSTRUCTION_FAILED', `The command '${args.join(' ')}' returned a non-zero code: ${status}`, {
      at: `line ${place.line}`,
      hint: before && `\`drydock run --rm -it ${before} sh\` opens a shell in what it was run on`,
    });
  }
}
