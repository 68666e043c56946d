/**
 * `oci delete`: gives back everything that a stopped container holds; with --force also of a running one. With --root it
 * may be one that `try` has made, whose files are the lab's.
 */
import type { CommandModule } from 'yargs';
import { everyIsolator } from '../../../lab/rootfs.ts';
import { remove } from '../../../runtime/remove.ts';
import { logged, stateFolder, withGlobals, type Global } from './options.ts';

interface Options extends Global {
  id: string;
  force?: boolean;
}

export const verb: CommandModule<object, Options> = {
  command: 'delete <id>',
  describe: 'Removes a container that has stopped.',
  builder: (yargs) =>
    withGlobals(yargs)
      .positional('id', { type: 'string', demandOption: true, describe: 'the container' })
      .option('force', { alias: 'f', type: 'boolean', describe: 'kill it first; no error if there is none' })
      .example('$0 oci delete --force box', 'whatever its state'),
  handler: logged('delete', (argv) => {
    const run = stateFolder(argv);
    return remove(run, argv.id, { force: argv.force }, everyIsolator(run));
  }),
};
