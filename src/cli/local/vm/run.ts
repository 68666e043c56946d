/**
 * `drydock vm run`: a command in the guest, in the project's folder, with this terminal if there is one. Its exit code is
 * the command's.
 */
import type { CommandModule } from 'yargs';
import { DrydockError } from '../../../errors.ts';
import { enter } from '../../../vm/enter.ts';
import { exitWith } from '../../exit.ts';
import { say, whichGuest, type Which } from './options.ts';

export const verb: CommandModule<object, Which> = {
  command: 'run <command..>',
  describe: 'Runs a command in the guest. One word is a line for its shell; several are a command.',
  builder: (yargs) =>
    yargs
      .options(whichGuest)
      .example('$0 vm run ./drydock demo pid --auto', 'a lesson’s demo, where it can do no harm')
      .example("$0 vm run 'ps ax | head'", 'a line for its shell'),
  async handler({ kernel, _: words }) {
    if (words.length === 0)
      throw new DrydockError('BAD_USAGE', 'drydock vm run: the command is missing', {
        hint: './drydock vm run COMMAND…; for a shell: ./drydock vm shell',
      });
    exitWith(await enter(kernel, words.map(String), say));
  },
};
