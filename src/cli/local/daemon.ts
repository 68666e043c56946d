/**
 * `drydock daemon`: the engine, in the foreground.
 *
 * What it is told comes from three places: the command line; DRYDOCK_OPTS, whose words are put before those of the command
 * line; and daemon.json, which may not say what one of these says. Folders and storage driver may be in the environment.
 */
import type { CommandModule, Options as YargsOptions } from 'yargs';
import { CONFIG_FILE, readConfigFile } from '../../daemon/config-file.ts';
import { checkAddresses, runDaemon, type DaemonOptions } from '../../daemon/daemon.ts';
import { DEFAULTS_FILE, takeDefaults } from '../../daemon/defaults-file.ts';
import { Caller, leaveCgroups, removeCgroups } from '../../daemon/detached.ts';
import {
  checked,
  names,
  pairs,
  pools,
  table,
  together,
  type Kind,
  type Name,
  type Settings,
} from '../../daemon/settings.ts';
import type { Ulimit } from '../../engine/types.ts';
import { DrydockError } from '../../errors.ts';
import { ulimitOf } from '../docker/device-options.ts';
import { asDrydockError } from '../errors.ts';
import { rootFolder, runFolder } from '../folders.ts';
import { ownVersion } from '../version.ts';
import { needRoot } from './foreground.ts';

type Given = Partial<Record<Name, string | number | boolean | string[]>>;

interface Options extends Given {
  'config-file'?: string;
  idle?: number;
  detached?: boolean;
  validate?: boolean;
}

/** Said by nobody: how long one that was started on demand stays. */
const MINUTE = 60;

export const verb: CommandModule<object, Options> = {
  command: 'daemon',
  describe: 'The engine: keeps containers, and answers clients at its sockets.',
  builder: (yargs) =>
    yargs
      .options(settingOptions())
      .options(ownOptions)
      .example('$0 daemon', 'in this terminal, at unix:///run/drydock/drydock.sock')
      .example('$0 daemon -H tcp://127.0.0.1:2375', 'at another address')
      .example('$0 daemon --validate', 'looks at daemon.json, and starts nothing'),
  handler: async (argv) => {
    const caller = argv.detached ? new Caller() : undefined;
    try {
      await start(argv, caller);
    } catch (error) {
      const { message, hint } = asDrydockError(error);
      caller?.tell({ ready: false, message, hint });
      throw error;
    }
  },
};

async function start(argv: Options, caller?: Caller): Promise<void> {
  const path = argv['config-file'] ?? CONFIG_FILE;
  const reread = async (): Promise<Settings> => {
    const inFile = readConfigFile(path, argv['config-file'] !== undefined);
    return checked({ ...inEnvironment(), ...together(said(await withDefaults(argv)), inFile, path) });
  };
  const settings = await reread();
  const run = settings['exec-root'] ?? runFolder();
  checkAddresses(settings, run);
  const { idle } = await withDefaults(argv);
  if (argv.validate) return void process.stdout.write('configuration OK\n');
  needRoot('daemon', 'it keeps the containers of everybody', false);
  if (caller) leaveCgroups();
  await runDaemon({
    ...{ settings, reread, version: ownVersion(), isOnDemand: caller !== undefined },
    root: settings['data-root'] ?? rootFolder(),
    run,
    idleMs: idleOf(idle ?? (caller && MINUTE)),
    say: (line: string) => void process.stderr.write(`${new Date().toISOString()} ${line}\n`),
    onReady: () => caller?.tell({ ready: true }),
  } satisfies DaemonOptions);
  if (caller) removeCgroups();
  // What still goes on is clients that follow streams; they see their connections closed.
  process.exit(0);
}

function idleOf(seconds: number | undefined): number | undefined {
  if (seconds === undefined || seconds > 0) return seconds === undefined ? undefined : seconds * 1000;
  throw new DrydockError('BAD_USAGE', `--idle ${seconds} is no time`, { hint: 'seconds, as in --idle 60' });
}

/** The words of DRYDOCK_OPTS first; of what can be said once, the command line's counts. */
async function withDefaults(argv: Options): Promise<Options> {
  const words = takeDefaults(DEFAULTS_FILE, process.env);
  if (words.length === 0) return argv;
  const { default: yargs } = await import('yargs');
  const parser = yargs(words)
    .options({ ...settingOptions(), ...ownOptions })
    .help(false)
    .version(false)
    .exitProcess(false)
    .strict();
  parser.fail((message, error) => {
    throw error ?? new DrydockError('BAD_USAGE', `DRYDOCK_OPTS: ${message}`, { hint: 'see: drydock daemon --help' });
  });
  const before = (await parser.parseAsync()) as Options;
  const lists = names.filter((name) => Array.isArray(before[name]) && Array.isArray(argv[name]));
  const both = lists.map((name) => [name, [...(before[name] as string[]), ...(argv[name] as string[])]]);
  const own = Object.fromEntries(Object.entries(argv).filter(([, value]) => value !== undefined));
  return { ...before, ...own, ...(Object.fromEntries(both) as Given) };
}

/** Where neither words nor file say anything: an engine on demand has its caller's environment. */
const inEnvironment = (): Settings => ({ 'storage-driver': process.env.DRYDOCK_STORAGE_DRIVER || undefined });

/** What of the words concerns the daemon, each in the form that its kind has. */
function said(given: Given): Settings {
  const there = names.filter((name) => given[name] !== undefined);
  return Object.fromEntries(
    there.map((name) => [name, reader(table[name].kind)?.(name, given[name] as string[]) ?? given[name]]),
  );
}

/** Of what comes in more than one piece. */
function reader(kind: Kind): ((name: string, entries: readonly string[]) => unknown) | undefined {
  if (kind === 'pairs') return pairs;
  if (kind === 'ulimits') return (_, entries) => entries.map((entry) => ulimit(entry));
  if (kind === 'pools') return pools;
  return undefined;
}

function ulimit(entry: string): Ulimit {
  try {
    return ulimitOf(entry);
  } catch (error) {
    const { message } = error as Error;
    throw new DrydockError('BAD_USAGE', `--default-ulimit: ${message}`, { hint: '--default-ulimit nofile=1024:2048' });
  }
}

function settingOptions(): Record<string, YargsOptions> {
  const types: Record<Kind, YargsOptions> = {
    text: { type: 'string', requiresArg: true },
    list: { type: 'string', array: true, nargs: 1 },
    pairs: { type: 'string', array: true, nargs: 1 },
    ulimits: { type: 'string', array: true, nargs: 1 },
    pools: { type: 'string', array: true, nargs: 1 },
    number: { type: 'number', requiresArg: true },
    flag: { type: 'boolean' },
  };
  return Object.fromEntries(
    names.map((name) => {
      const { kind, alias, describe } = table[name];
      return [name, { ...types[kind], describe, ...(alias !== undefined && { alias }) }];
    }),
  );
}

const ownOptions = {
  'config-file': { type: 'string', requiresArg: true, describe: `in place of ${CONFIG_FILE}` },
  idle: { type: 'number', requiresArg: true, describe: 'end when nobody has needed it for so many seconds' },
  validate: { type: 'boolean', describe: 'only look whether the configuration can be used' },
  detached: { type: 'boolean', hidden: true, describe: 'started by a command that has found no engine' },
} satisfies Record<string, YargsOptions>;
