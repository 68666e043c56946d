/** `drydock vm snapshot`: the guest's disk as it is now, kept under a name; without one the list of those there are. */
import type { CommandModule } from 'yargs';
import { DrydockError } from '../../../errors.ts';
import { option } from '../../../vm/guest.ts';
import { OF_LABS, snapshot, snapshots } from '../../../vm/snapshot.ts';
import { say, whichGuest, type Which } from './options.ts';

interface Options extends Which {
  name?: string;
}

export const verb: CommandModule<object, Options> = {
  command: 'snapshot [name]',
  describe: 'Keeps the guest’s disk as it is now, also while it runs. Its memory is not kept.',
  builder: (yargs) =>
    yargs
      .options(whichGuest)
      .positional('name', { type: 'string', describe: 'what to call it; without it those are listed that there are' })
      .example('$0 vm snapshot before-break-it', '')
      .example('$0 vm snapshot', 'which there are'),
  async handler({ kernel, name }) {
    if (name === undefined) {
      for (const one of snapshots(kernel)) process.stdout.write(`${one}\n`);
      return;
    }
    if (name === OF_LABS)
      throw new DrydockError(
        'BAD_USAGE',
        `a snapshot cannot be called '${name}': labs have one of that name, and remove it`,
        {
          hint: './drydock vm snapshot before',
        },
      );
    await snapshot(kernel, name);
    say(`the disk is kept as '${name}'; back to it: ./drydock vm restore${option(kernel)} ${name}`);
  },
};
