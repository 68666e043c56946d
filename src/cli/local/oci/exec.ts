/** `oci exec`: a further process in a running container, from the command line or from a file. */
import type { CommandModule } from 'yargs';
import { DrydockError } from '../../../errors.ts';
import { exec } from '../../../runtime/exec.ts';
import { wrongState } from '../../../runtime/lifecycle.ts';
import { isId, MAX_ID } from '../../../runtime/passwd.ts';
import { readProcess, type Process } from '../../../runtime/spec.ts';
import { holdFirst, readState, type SavedState } from '../../../runtime/state.ts';
import { exitWith } from '../../exit.ts';
import { absolute } from '../workdir.ts';
import { sizeOf } from '../../terminal.ts';
import { spelledOut, withVariables } from '../environment.ts';
import { findAccount } from '../../../runtime/account.ts';
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
  cap?: string[];
  noNewPrivs?: boolean;
  additionalGids?: string[];
  ignorePaused?: boolean;
  apparmor?: string;
  processLabel?: string;
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
        cap: { alias: 'c', type: 'string', array: true, nargs: 1, describe: 'a further capability; may be repeated' },
        'no-new-privs': { type: 'boolean', describe: 'setuid programs give nothing' },
        'additional-gids': { alias: 'g', type: 'string', array: true, nargs: 1, describe: 'a further group id' },
        'ignore-paused': { type: 'boolean', describe: 'wait in a paused container instead of failing' },
        apparmor: { type: 'string', requiresArg: true, describe: 'AppArmor profile of the process' },
        'process-label': { type: 'string', requiresArg: true, describe: 'SELinux label of the process' },
        'preserve-fds': preserveFdsOption,
      })
      .example('$0 oci exec -t box sh', 'a shell in a running container') as never,
  handler: logged('exec', async (argv) => {
    const [id, ...args] = [...argv._, ...((argv['--'] as string[] | undefined) ?? [])].map(String);
    if (id === undefined) throw new DrydockError('BAD_USAGE', 'exec needs the id of a container');
    const run = stateFolder(argv);
    const process = withOptions(processOf(argv, args, readState(run, id)), argv);
    const options = { process, preserveFds: preserveFdsOf(argv), ignorePaused: argv.ignorePaused };
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

const sets = ['bounding', 'effective', 'permitted'] as const;

/** The process with what the options add to it. */
function withOptions(process: Process, argv: Options): Process {
  const { cap = [], additionalGids = [], apparmor, processLabel } = argv;
  const { capabilities = {}, user } = process;
  const names = cap.map((name) => name.toUpperCase().replace(/^(?!CAP_)/, 'CAP_'));
  const more = Object.fromEntries(sets.map((set) => [set, [...new Set([...(capabilities[set] ?? []), ...names])]]));
  const gids = additionalGids.map((text) => idOf(text));
  return {
    ...process,
    ...(cap.length ? { capabilities: { ...capabilities, ...more } } : {}),
    ...(gids.length ? { user: { ...user, additionalGids: [...(user.additionalGids ?? []), ...gids] } } : {}),
    ...(argv.noNewPrivs === undefined ? {} : { noNewPrivileges: argv.noNewPrivs }),
    ...(apparmor === undefined ? {} : { apparmorProfile: apparmor }),
    ...(processLabel === undefined ? {} : { selinuxLabel: processLabel }),
  };
}

function idOf(text: string): number {
  if (isId(text)) return Number(text);
  throw new DrydockError('BAD_USAGE', `--additional-gids is a number up to ${MAX_ID}, not '${text}'`);
}

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
  if (!first) throw wrongState('exec', state.id, 'stopped');
  try {
    const { uid, gid, additionalGids } = findAccount(text, `${first.path}/root`);
    return { uid, gid, additionalGids };
  } finally {
    first.close();
  }
}
