/** `ENTRYPOINT`: the program that a container always runs. */
import type { EntrypointInstruction } from '../dockerfile/index.ts';
import { goList, nop, type Perform } from '../change.ts';
import { wordsOf } from './cmd.ts';

/** A CMD of the base image was meant for the entrypoint that it had. */
export const entrypoint: Perform<EntrypointInstruction> = ({ config, hasCommand }, { command }) => {
  // Nothing is none, while CMD without anything is a shell: so with Docker.
  const isNone = command.form === 'shell' && command.text === '';
  const Entrypoint = isNone ? [] : wordsOf(config, command);
  return {
    config: { ...config, Entrypoint, ...(!hasCommand && { Cmd: undefined }) },
    says: nop(config, ` ENTRYPOINT ${goList(Entrypoint)}`),
    // The same image may be a base, or a state of this stage.
    also: hasCommand,
  };
};
