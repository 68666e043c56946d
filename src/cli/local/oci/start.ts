/** `oci start`: lets the program of a created container begin. */
import type { CommandModule } from 'yargs';
import { start } from '../../../runtime/container.ts';
import { logged, stateFolder, withGlobals, type Global } from './options.ts';

export const verb: CommandModule<object, Global & { id: string }> = {
  command: 'start <id>',
  describe: 'Starts the program of a container that has been created.',
  builder: (yargs) =>
    withGlobals(yargs)
      .positional('id', { type: 'string', demandOption: true, describe: 'the container' })
      .example('$0 oci start box', 'after `oci create box`'),
  handler: logged('start', (argv) => start(stateFolder(argv), argv.id)),
};
