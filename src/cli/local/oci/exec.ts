/** `oci exec`: a further process in a running container, from the command line or from a file. */
import type { CommandModule } from 'yargs';
import { DrydockError } from '../../../errors.ts';
import { wrongState } from '../../../runtime/container.ts';
import { exec } from '../../../runtime/exec.ts';
import { readProcess, type Process } from '../../../runtime/spec.ts';
import { holdFirst, readState, type SavedState } from '../../../runtime/state.ts';
import { exitWith } from '../../exit.ts';
import { absolute } from '../workdir.ts';
import { sizeOf } from '../../terminal.ts';
import { spelledOut, withVariables } from '../environment.ts';
import { findAccount } from '../user.ts';
import { preserveFdsOf, preserveFdsOption, refuseConsole, withConsole, writePidFile } from './bundle.ts';
import { logged, stateFolder, withGlobals, type Global } from './options.ts';

interface Options extends Global {
  process?: string;
  tty?: boolean;
  env?: string[];
  cwd?: string;
  user?: string;
  detach?: boolean;
  pidFile?: string;
  consoleSocket?: string;
  preserveFds: string;
}

export const verb: CommandModule<object, Options> = {
  command: 'exec [OPTIONS] ID [CMD…]',
  describe: 'Runs a further process in a running container.',
  builder: (yargs) =>
    withGlobals(yargs)
      .options({
        process: { alias: 'p', type: 'string', requiresArg: true, describe: 'file with the process as in config.json' },
        tty: { alias: 't', type: 'boolean', describe: 'a terminal of its own' },
        env: { alias: 'e', type: 'string', array: true, nargs: 1, describe: 'NAME=value; may be repeated' },
        cwd: { type: 'string', requiresArg: true, describe: 'absolute path of the working directory' },
        user: { alias: 'u', type: 'string', requiresArg: true, describe: 'name or uid, and :group' },
        detach: { alias: 'd', type: 'boolean', describe: 'do not wait for its end' },
        'pid-file': { type: 'string', requiresArg: true, describe: 'file to write the pid into' },
        'console-socket': { type: 'string', requiresArg: true, describe: 'unix socket that gets the terminal' },
        'preserve-fds': preserveFdsOption,
      })
      .example('$0 oci exec -t box sh', 'a shell in a running container') as never,
  handler: logged('exec', async (argv) => {
    const [id, ...args] = [...argv._, ...((argv['--'] as string[] | undefined) ?? [])].map(String);
    if (id === undefined) throw new DrydockError('BAD_USAGE', 'exec needs the id of a container');
    const run = stateFolder(argv);
    const process = processOf(argv, args, readState(run, id));
    const options = { process, preserveFds: preserveFdsOf(argv) };
    if (argv.detach)
      return withConsole(process.terminal ?? false, argv.consoleSocket, async (consoleSocket) => {
        const { pid } = await exec(run, id, { ...options, consoleSocket });
        writePidFile(argv.pidFile, pid);
      });
    refuseConsole(argv);
    const size = process.terminal ? sizeOf(0) : undefined;
    const container = await exec(run, id, { ...options, supervise: true, size });
    writePidFile(argv.pidFile, container.pid);
    exitWith(await container.wait());
  }),
};

/** The process to start: from the file, or the container's own one with the words and options of the command line. */
function processOf(argv: Options, args: readonly string[], state: SavedState): Process {
  const own = state.spec.process;
  if (argv.process !== undefined) {
    const process = readProcess(argv.process);
    return argv.tty === undefined ? process : { ...process, terminal: argv.tty };
  }
  if (args.length === 0)
    throw new DrydockError('BAD_USAGE', 'exec needs a program to run', {
      hint: 'after the id, or with --process FILE',
    });
  return {
    ...own,
    args: [...args],
    terminal: argv.tty ?? false,
    cwd: argv.cwd === undefined ? own.cwd : absolute(argv.cwd, '--cwd'),
    env: withVariables(own.env ?? [], (argv.env ?? []).map(spelledOut)),
    user: argv.user === undefined ? own.user : userOf(argv.user, state),
  };
}

/** Looked up in the container's own files. Throws WRONG_STATE when it has ended. */
function userOf(text: string, state: SavedState): Process['user'] {
  const first = holdFirst(state);
  if (!first) throw wrongState('exec', state.id, 'stopped', 'created or running');
  try {
    const { uid, gid, additionalGids } = findAccount(text, `${first.path}/root`);
    return { uid, gid, additionalGids };
  } finally {
    first.close();
  }
}
