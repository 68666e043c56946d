/** `drydock vm down`: the guest ends in good order; its disk stays. */
import type { CommandModule } from 'yargs';
import { down, type End } from '../../../vm/end.ts';
import { say, whichGuest, type Which } from './options.ts';

export const verb: CommandModule<object, Which> = {
  command: 'down',
  describe: 'Ends the guest; its disk and snapshots stay.',
  builder: (yargs) =>
    yargs.options(whichGuest).example('$0 vm down', 'one that does not answer is ended after a minute'),
  async handler({ kernel }) {
    say(`the guest ${kernel} ${what[await down(kernel)]}`);
  },
};

const what: Record<End, string> = {
  'in order': 'is down',
  'down before': 'is down already',
  'while it booted': 'was booting still, and is down',
  'by force': 'did not obey for a minute and was ended by force: what it had not written to its disk is lost',
};
