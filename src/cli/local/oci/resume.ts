/** `oci resume`: lets a paused container go on. */
import type { CommandModule } from 'yargs';
import { resume } from '../../../runtime/pause.ts';
import { logged, stateFolder, withGlobals, type Global } from './options.ts';

export const verb: CommandModule<object, Global & { id: string }> = {
  command: 'resume <id>',
  describe: 'Lets all processes of a paused container go on.',
  builder: (yargs) =>
    withGlobals(yargs)
      .positional('id', { type: 'string', demandOption: true, describe: 'the container' })
      .example('$0 oci resume box', 'after `oci pause box`'),
  handler: logged('resume', (argv) => resume(stateFolder(argv), argv.id)),
};
