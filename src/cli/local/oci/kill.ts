/** `oci kill`: a signal by name or number, to the first process or to all. */
import type { CommandModule } from 'yargs';
import { DrydockError } from '../../../errors.ts';
import { signalNumber, signals } from '../../../linux/constants.ts';
import { processesIn } from '../../../runtime/cgroupfs.ts';
import { kill } from '../../../runtime/container.ts';
import { readClaims, readState, stateDir } from '../../../runtime/state.ts';
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
      .positional('signal', { type: 'string', default: 'TERM', describe: 'KILL, SIGKILL or 9' })
      .option('all', { alias: 'a', type: 'boolean', describe: 'to every process in it' })
      .example('$0 oci kill box KILL', 'its first process, and with it the PID namespace, ends'),
  handler: logged('kill', (argv) => {
    const signal = signalNumber(argv.signal);
    if (signal === undefined)
      throw new DrydockError('BAD_USAGE', `there is no signal '${argv.signal}'`, {
        hint: didYouMean(argv.signal.toUpperCase().replace(/^(?!SIG)/, 'SIG'), Object.keys(signals)),
      });
    const run = stateFolder(argv);
    if (argv.all) killAll(run, argv.id, signal);
    else kill(run, argv.id, signal);
  }),
};

/** By the cgroup: it knows also those that the container's processes have left behind. */
function killAll(run: string, id: string, signal: number): void {
  readState(run, id);
  const cgroups = Object.values((readClaims(stateDir(run, id))?.claims.cgroups ?? {}) as Record<string, string>);
  for (const pid of new Set(cgroups.flatMap(processesIn))) {
    try {
      process.kill(pid, signal);
    } catch (error) {
      // It has ended between the list and the signal.
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }
}
