/** `CMD`: the program of a container that is not given one, or the words behind its entrypoint. */
import type { RunConfig } from '../../images/config.ts';
import type { CmdInstruction, Command } from '../dockerfile/index.ts';
import { goList, nop, shellOf, type Perform } from '../change.ts';

export const cmd: Perform<CmdInstruction> = ({ config }, { command }) => {
  const Cmd = wordsOf(config, command);
  return { config: { ...config, Cmd }, says: nop(config, ` CMD ${goList(Cmd)}`) };
};

/** What is executed: the words, or the stage's shell with the text. */
export const wordsOf = (config: RunConfig, command: Command): string[] =>
  command.form === 'exec' ? [...command.words] : [...shellOf(config), ...(command.text === '' ? [] : [command.text])];
