/** `drydock vm destroy`: no guest any more. What was built for it stays, so that the next `up` is quick. */
import type { CommandModule } from 'yargs';
import { destroy } from '../../../vm/end.ts';
import { option } from '../../../vm/guest.ts';
import { say, whichGuest, type Which } from './options.ts';

export const verb: CommandModule<object, Which> = {
  command: 'destroy',
  describe: 'Removes the guest with its disk and snapshots. Its image stays: the next up is quick.',
  builder: (yargs) => yargs.options(whichGuest).example('$0 vm destroy', 'also while it runs'),
  async handler({ kernel }) {
    const wasThere = await destroy(kernel);
    say(
      wasThere
        ? `the guest ${kernel} is gone; a new one: ./drydock vm up${option(kernel)}`
        : `there is no guest ${kernel}`,
    );
  },
};
