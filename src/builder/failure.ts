/** A program of the build that has failed: what it was, where it stands, and what it was run on. */
import { hexOf } from '../content/digest.ts';
import { DrydockError } from '../errors.ts';
import type { State, Step } from './builder.ts';

export class ProgramFailure extends DrydockError {
  /** For whoever shows it. */
  readonly told: { readonly line: number; readonly text: string; readonly before?: string };

  constructor(
    args: readonly string[],
    /** That of the program, which becomes that of `docker build`. */
    readonly exitCode: number,
    { line, text }: Step,
    { id }: State,
  ) {
    const before = id && hexOf(id).slice(0, 12);
    super('INSTRUCTION_FAILED', `The command '${args.join(' ')}' returned a non-zero code: ${exitCode}`, {
      at: `line ${line}`,
      hint: before && `\`drydock run --rm -it --entrypoint sh ${before}\` opens a shell in what it was run on`,
    });
    this.told = { line, text, before };
  }
}
