/** `oci pause`: all processes of a container stand still. */
import type { CommandModule } from 'yargs';
import { pause } from '../../../runtime/pause.ts';
import { logged, stateFolder, withGlobals, type Global } from './options.ts';

export const verb: CommandModule<object, Global & { id: string }> = {
  command: 'pause <id>',
  describe: 'Stops all processes of a container, until it is resumed.',
  builder: (yargs) =>
    withGlobals(yargs)
      .positional('id', { type: 'string', demandOption: true, describe: 'the container' })
      .example('$0 oci pause box', 'then: oci resume box'),
  handler: logged('pause', (argv) => pause(stateFolder(argv), argv.id)),
};
