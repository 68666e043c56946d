/** `drydock vm down`: the guest ends in good order; its disk stays. */
import type { CommandModule } from 'yargs';
import { down } from '../../../vm/guest.ts';
import { say, whichGuest, type Which } from './options.ts';

export const verb: CommandModule<object, Which> = {
  command: 'down',
  describe: 'Ends the guest; its disk and snapshots stay.',
  builder: (yargs) =>
    yargs.options(whichGuest).example('$0 vm down', 'one that does not answer is ended after a minute'),
  async handler({ kernel }) {
    await down(kernel);
    say(`the guest ${kernel} is down`);
  },
};
