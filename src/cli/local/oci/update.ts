/** `oci update`: other limits for a container, from a document or from options. */
import { readFileSync } from 'node:fs';
import type { CommandModule, Options as YargsOptions } from 'yargs';
import { DrydockError } from '../../../errors.ts';
import { resourcesSchema, type Resources } from '../../../runtime/resources.ts';
import { update } from '../../../runtime/update.ts';
import { parseDocument, validate } from '../../../runtime/validation.ts';
import { amountOf } from '../../../amount.ts';
import { logged, stateFolder, withGlobals, type Global } from './options.ts';

interface Options extends Global {
  id: string;
  resources?: string;
}

/** runc's options, each with its place in the document. */
const places: Readonly<Record<string, readonly [section: string, property: string, describe: string]>> = {
  memory: ['memory', 'limit', 'limit of memory, as in 64m; -1: none'],
  'memory-reservation': ['memory', 'reservation', 'what it keeps when memory is short'],
  'memory-swap': ['memory', 'swap', 'limit of memory and swap together'],
  'cpu-share': ['cpu', 'shares', 'its part when processors are short, 2 to 262144'],
  'cpu-period': ['cpu', 'period', 'microseconds after which the quota is given again'],
  'cpu-quota': ['cpu', 'quota', 'microseconds in each period; -1: no limit'],
  'cpu-burst': ['cpu', 'burst', 'microseconds that may be saved up'],
  'cpu-rt-period': ['cpu', 'realtimePeriod', 'as cpu-period, for real-time processes'],
  'cpu-rt-runtime': ['cpu', 'realtimeRuntime', 'as cpu-quota, for real-time processes'],
  'cpu-idle': ['cpu', 'idle', '1: only what nobody else wants'],
  'cpuset-cpus': ['cpu', 'cpus', 'processors, as in 0-2,7'],
  'cpuset-mems': ['cpu', 'mems', 'memory nodes'],
  'blkio-weight': ['blockIO', 'weight', 'its part of the disk, 10 to 1000'],
  'pids-limit': ['pids', 'limit', 'processes; -1: no limit'],
};

const options = Object.fromEntries(
  Object.entries(places).map(([name, [, , describe]]) => [name, { type: 'string', requiresArg: true, describe }]),
) as Record<string, YargsOptions>;

export const verb: CommandModule<object, Options> = {
  command: 'update <id>',
  describe: 'Changes the limits of a container.',
  builder: (yargs) =>
    withGlobals(yargs)
      .positional('id', { type: 'string', demandOption: true, describe: 'the container' })
      .option('resources', {
        alias: 'r',
        type: 'string',
        requiresArg: true,
        describe: 'file like linux.resources of a config; - is standard input',
      })
      .options(options)
      .example('$0 oci update --memory 64m box', 'at most 64 MiB from now on') as never,
  handler: logged('update', (argv) => update(stateFolder(argv), argv.id, wished(argv))),
};

function wished(argv: Options & Record<string, unknown>): Resources {
  if (argv.resources !== undefined) return fromDocument(argv.resources);
  const document: Record<string, Record<string, unknown>> = {};
  for (const [name, [section, property]] of Object.entries(places)) {
    const value = argv[name];
    if (typeof value === 'string')
      (document[section] ??= {})[property] =
        section === 'cpu' && name.startsWith('cpuset') ? value : amountOf(`--${name}`, value);
  }
  if (Object.keys(document).length === 0)
    throw new DrydockError('BAD_USAGE', 'update needs something to change', {
      hint: 'an option like --memory 64m, or --resources FILE',
    });
  return validate(resourcesSchema, document, 'the options');
}

function fromDocument(path: string): Resources {
  const where = path === '-' ? 'standard input' : path;
  const text = readFileSync(path === '-' ? 0 : path, 'utf8');
  return validate(resourcesSchema, parseDocument(text, where), where);
}
