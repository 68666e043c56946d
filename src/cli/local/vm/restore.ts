/** `drydock vm restore`: the guest's disk as a snapshot has it. A guest that runs is ended first, and started again. */
import type { CommandModule } from 'yargs';
import { stop } from '../../../vm/end.ts';
import { running } from '../../../vm/guest.ts';
import { needSnapshot, restore } from '../../../vm/snapshot.ts';
import { up } from '../../../vm/start.ts';
import { say, whichGuest, type Which } from './options.ts';

interface Options extends Which {
  name: string;
}

export const verb: CommandModule<object, Options> = {
  command: 'restore <name>',
  describe: 'Gives the guest’s disk back what a snapshot has kept. If it runs, it boots again.',
  builder: (yargs) =>
    yargs
      .options(whichGuest)
      .positional('name', { type: 'string', demandOption: true, describe: 'of the snapshot' })
      .example('$0 vm restore before-break-it', ''),
  async handler({ kernel, name }) {
    needSnapshot(kernel, name);
    const state = running(kernel);
    await stop(kernel);
    restore(kernel, name);
    say(`the disk is as it was at '${name}'`);
    if (state) await up(kernel, state, say);
  },
};
