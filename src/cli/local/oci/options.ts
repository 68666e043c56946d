/** What the verbs of `drydock oci` have in common: runc's global options, and how they are obeyed. */
import { appendFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Argv, Options } from 'yargs';
import { asDrydockError } from '../../errors.ts';
import { ociFolder } from '../../folders.ts';
import { warn } from '../../../runtime/warning.ts';
import { needRoot } from '../foreground.ts';

export interface Global {
  root?: string;
  log?: string;
  logFormat?: string;
  json?: boolean;
  debug?: boolean;
  cgroupManager?: string;
  rootless?: string;
}

const globals = {
  root: { type: 'string', requiresArg: true, describe: 'folder of the states' },
  log: { type: 'string', requiresArg: true, describe: 'file that errors are appended to' },
  'log-format': { choices: ['text', 'json'], default: 'text', describe: 'format of the log' },
  json: { type: 'boolean', describe: 'errors as JSON' },
  debug: { type: 'boolean', describe: 'errors say where in the source they were thrown' },
  rootless: { choices: ['true', 'false', 'auto'], describe: 'true: as an ordinary user, who is root inside' },
  'cgroup-manager': { choices: ['cgroupfs', 'systemd', 'disabled'], describe: 'disabled: no cgroups at all' },
  // Known to callers of runc, and without a meaning here: a path that is meant for systemd is mapped to the file system
  // whoever says so, and there is no checkpoint that would need CRIU.
  'systemd-cgroup': { type: 'boolean', hidden: true },
  criu: { type: 'string', requiresArg: true, hidden: true },
} as const satisfies Record<string, Options>;

/** Adds the global options, which may also stand behind the verb. Help lists them last: the verb's own are what is asked. */
export function withGlobals<T>(yargs: Argv<T>): Argv<T & Global> {
  const listed = yargs.group([], 'Positionals:').group([], 'Options:');
  return listed.group(Object.keys(globals), 'Options of every verb:').options(globals) as unknown as Argv<T & Global>;
}

/** Folder of the states: --root, else DRYDOCK_RUN/oci. */
export function stateFolder({ root }: Global): string {
  return root === undefined ? ociFolder() : resolve(root);
}

/** Wraps a handler: obeys the global options, needs root, and appends a failure to --log as runc does, for callers that read it there. */
export function logged<T extends Global>(verb: string, handler: (argv: T) => Promise<void> | void) {
  return async (argv: T): Promise<void> => {
    if (argv.debug) process.env.DRYDOCK_DEBUG = '1';
    try {
      needRoot(`oci ${verb}`, 'namespaces, mounts, cgroups', argv.rootless === 'true');
      await handler(argv);
    } catch (error) {
      if (argv.log) append(argv.log, logLine(error, argv.logFormat));
      throw error;
    }
  };
}

// A full disk under the log must not hide what went wrong.
function append(log: string, line: string): void {
  try {
    appendFileSync(log, line);
  } catch (cause) {
    warn('the error is not in --log', cause as Error);
  }
}

/** The failure for whoever reads the log: runc's three fields, and what else is known. */
function logLine(error: unknown, format: string | undefined): string {
  const { message, code, call, hint } = asDrydockError(error);
  const time = new Date().toISOString();
  if (format === 'json') return `${JSON.stringify({ level: 'error', msg: message, time, code, call, hint })}\n`;
  return `time=${JSON.stringify(time)} level=error msg=${JSON.stringify(message)}\n`;
}
