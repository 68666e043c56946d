/** `drydock vm forget`: a snapshot is kept no longer. The disk stays as it is. */
import type { CommandModule } from 'yargs';
import { drop } from '../../../vm/snapshot.ts';
import { say, whichGuest, type Which } from './options.ts';

interface Options extends Which {
  name: string;
}

export const verb: CommandModule<object, Options> = {
  command: 'forget <name>',
  describe: 'Removes a snapshot, also while the guest runs. The disk stays as it is.',
  builder: (yargs) =>
    yargs
      .options(whichGuest)
      .positional('name', { type: 'string', demandOption: true, describe: 'of the snapshot' })
      .example('$0 vm forget before-break-it', ''),
  async handler({ kernel, name }) {
    await drop(kernel, name);
    say(`the snapshot '${name}' is gone`);
  },
};
