/** `drydock vm shell`: root's shell in the guest. */
import type { CommandModule } from 'yargs';
import { enter } from '../../../vm/enter.ts';
import { exitWith } from '../../exit.ts';
import { say, whichGuest, type Which } from './options.ts';

export const verb: CommandModule<object, Which> = {
  command: 'shell',
  describe: 'A shell of root’s in the guest, in the project’s folder.',
  builder: (yargs) => yargs.options(whichGuest).example('$0 vm shell', 'exit leaves it; the guest goes on'),
  handler: async ({ kernel }) => exitWith(await enter(kernel, ['exec bash'], say)),
};
