/** Every instruction, by the kind that the parser gives it. */
import { DrydockError } from '../../errors.ts';
import type { Change, Perform, Turn } from '../change.ts';
import type { Instruction } from '../dockerfile/index.ts';
import { add } from './add.ts';
import { arg } from './arg.ts';
import { cmd } from './cmd.ts';
import { copy } from './copy.ts';
import { entrypoint } from './entrypoint.ts';
import { env } from './env.ts';
import { expose } from './expose.ts';
import { healthcheck } from './healthcheck.ts';
import { label } from './label.ts';
import { maintainer } from './maintainer.ts';
import { onbuild } from './onbuild.ts';
import { run } from './run.ts';
import { shell } from './shell.ts';
import { stopsignal } from './stopsignal.ts';
import { user } from './user.ts';
import { volume } from './volume.ts';
import { workdir } from './workdir.ts';

const instructions: { readonly [Kind in Instruction['kind']]: Perform<Extract<Instruction, { kind: Kind }>> } = {
  ...{ add, arg, cmd, copy, entrypoint, env, expose, healthcheck, label, maintainer, onbuild, run, shell },
  ...{ stopsignal, user, volume, workdir },
};

/** What an instruction comes to. What is wrong with it says on which line it stands. */
export async function perform(turn: Turn, instruction: Instruction): Promise<Change> {
  const one = instructions[instruction.kind] as Perform;
  try {
    return await one(turn, instruction);
  } catch (error) {
    throw atLine(error, turn, instruction);
  }
}

/** The message stays Docker's; the hint has the line. */
export function atLine(error: unknown, { step }: Turn, { line }: Pick<Instruction, 'line'>): unknown {
  if (!(error instanceof DrydockError) || error.code !== 'INSTRUCTION_FAILED' || error.at !== undefined) return error;
  const { message, hint, cause } = error;
  return new DrydockError('INSTRUCTION_FAILED', `${step.text.split(/\s/, 1)[0]} failed: ${message}`, {
    hint,
    cause,
    at: `line ${line}`,
  });
}
