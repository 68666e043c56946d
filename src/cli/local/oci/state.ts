/** `oci state`: the state as the OCI runtime spec wants it, as JSON. */
import type { CommandModule } from 'yargs';
import { state } from '../../../runtime/container.ts';
import { logged, stateFolder, withGlobals, type Global } from './options.ts';

export const verb: CommandModule<object, Global & { id: string }> = {
  command: 'state <id>',
  describe: 'Prints the state of a container as JSON.',
  builder: (yargs) =>
    withGlobals(yargs)
      .positional('id', { type: 'string', demandOption: true, describe: 'the container' })
      .example('$0 oci state box', 'its id, status, pid and bundle'),
  handler: logged('state', (argv) => {
    process.stdout.write(`${JSON.stringify(state(stateFolder(argv), argv.id), null, 2)}\n`);
  }),
};
