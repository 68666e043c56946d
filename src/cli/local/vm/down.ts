/** `drydock vm down`: the guest ends in good order; its disk stays. */
import type { CommandModule } from 'yargs';
import type { Series } from '../../../vm/debian.ts';
import { down, type End } from '../../../vm/end.ts';
import { say, whichGuest, type Which } from './options.ts';

export const verb: CommandModule<object, Which> = {
  command: 'down',
  describe: 'Ends the guest; its disk and snapshots stay.',
  builder: (yargs) =>
    yargs.options(whichGuest).example('$0 vm down', 'one that does not answer is ended after a minute'),
  async handler({ kernel }) {
    say(what[await down(kernel)](kernel));
  },
};

const what: Record<End, (kernel: Series) => string> = {
  'in order': (kernel) => `the guest ${kernel} is down`,
  'down before': (kernel) => `the guest ${kernel} is down already`,
  'no guest': (kernel) => `there is no guest ${kernel}`,
  'while it booted': (kernel) => `the guest ${kernel} was booting still, and is down`,
  'by force': (kernel) =>
    `the guest ${kernel} did not obey for a minute and was ended by force: what it had not written to its disk is lost`,
};
