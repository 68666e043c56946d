/** `oci kill`: a signal by name or number, to the first process or to all. */
import type { CommandModule } from 'yargs';
import { DrydockError } from '../../../errors.ts';
import { signalNumber, signals } from '../../../linux/constants.ts';
import { kill, killAll } from '../../../runtime/kill.ts';
import { didYouMean } from '../../../nearest.ts';
import { logged, stateFolder, withGlobals, type Global } from './options.ts';

interface Options extends Global {
  id: string;
  signal: string;
  all?: boolean;
}

export const verb: CommandModule<object, Options> = {
  command: 'kill <id> [signal]',
  describe: 'Sends a signal to a container.',
  builder: (yargs) =>
    withGlobals(yargs)
      .positional('id', { type: 'string', demandOption: true, describe: 'the container' })
      .positional('signal', { type: 'string', default: 'TERM', describe: 'KILL, SIGKILL or 9; 0 only asks' })
      .option('all', { alias: 'a', type: 'boolean', describe: 'to every process in it' })
      .example('$0 oci kill box KILL', 'its first process, and with it the PID namespace, ends'),
  handler: logged('kill', async (argv) => {
    const signal = argv.signal === '0' ? 0 : signalNumber(argv.signal);
    if (signal === undefined)
      throw new DrydockError('BAD_USAGE', `there is no signal '${argv.signal}'`, {
        hint: /^-?\d+$/.test(argv.signal)
          ? 'there are 1 to 64; 0 only asks whether it lives'
          : didYouMean(argv.signal.toUpperCase().replace(/^(?!SIG)/, 'SIG'), Object.keys(signals)),
      });
    const run = stateFolder(argv);
    if (argv.all) await killAll(run, argv.id, signal);
    else kill(run, argv.id, signal);
  }),
};
