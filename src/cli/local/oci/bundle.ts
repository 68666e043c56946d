/**
 * What `create` and `run` do alike: options of the bundle and of descriptors, and the config that they lead to.
 *
 * A console socket is a unix socket on which somebody waits for the terminal's master. Without a terminal there is none
 * to send, in the foreground it is ours, and detached a terminal that is sent to nobody would be one that nobody reads:
 * all three are refused, as by runc.
 */
import { closeSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Argv } from 'yargs';
import { DrydockError } from '../../../errors.ts';
import { native } from '../../../linux/native.ts';
import type { CreateOptions } from '../../../runtime/container.ts';
import { isolators, type AnyIsolator } from '../../../runtime/isolators/index.ts';
import { readSpec } from '../../../runtime/spec.ts';
import { activated, activationOf } from './activation.ts';
import { stateFolder, withGlobals, type Global } from './options.ts';

export interface BundleOptions extends Global {
  id: string;
  bundle: string;
  pidFile?: string;
  consoleSocket?: string;
  preserveFds: string;
  noPivot?: boolean;
  noNewKeyring?: boolean;
  config?: string;
}

/** A text to yargs, so that what is no number can be shown as it was typed. */
export const preserveFdsOption = {
  type: 'string',
  requiresArg: true,
  default: '0',
  describe: 'pass on so many descriptors from 3',
} as const;

/** Options of `create` and `run`. */
export function bundleOptions(yargs: Argv): Argv<BundleOptions> {
  return withGlobals(yargs)
    .positional('id', { type: 'string', demandOption: true, describe: 'the id of the new container' })
    .options({
      bundle: { alias: 'b', type: 'string', requiresArg: true, default: '.', describe: 'folder with config.json' },
      'pid-file': { type: 'string', requiresArg: true, describe: 'file to write the pid into' },
      'console-socket': { type: 'string', requiresArg: true, describe: 'unix socket that gets the terminal' },
      'preserve-fds': preserveFdsOption,
      config: { type: 'string', requiresArg: true, describe: 'another file than config.json of the bundle' },
      'no-new-keyring': { type: 'boolean', describe: 'keep the session keyring of the caller' },
      'no-pivot': { type: 'boolean', describe: 'chroot instead of pivot_root (a ramdisk as root)' },
    }) as unknown as Argv<BundleOptions>;
}

/** The options for the runtime. */
export function createOptions(argv: BundleOptions): CreateOptions {
  const bundle = resolve(argv.bundle);
  const activation = activationOf();
  return {
    id: argv.id,
    run: stateFolder(argv),
    bundle,
    spec: activated(readSpec(bundle, argv.config && resolve(argv.config)), activation),
    isolators: stackOf(argv),
    preserveFds: activation.count + preserveFdsOf(argv),
  };
}

function stackOf({ noPivot, noNewKeyring, cgroupManager }: BundleOptions): readonly AnyIsolator[] {
  const without = new Set<string>([
    ...(noPivot ? ['pivot'] : []),
    ...(noNewKeyring ? ['keyring'] : []),
    ...(cgroupManager === 'disabled' ? ['cgroups'] : []),
  ]);
  return without.size ? isolators.filter(({ name }) => !without.has(name)) : isolators;
}

/** How many descriptors go along. Throws BAD_USAGE. */
export function preserveFdsOf({ preserveFds }: { preserveFds: string }): number {
  if (/^\d+$/.test(preserveFds) && Number(preserveFds) <= 50) return Number(preserveFds);
  throw new DrydockError('BAD_USAGE', `--preserve-fds is a number from 0 to 50, not '${preserveFds}'`);
}

/** Refuses a console socket in the foreground. Throws BAD_USAGE. */
export function refuseConsole({ consoleSocket }: { consoleSocket?: string }): void {
  if (consoleSocket === undefined) return;
  throw new DrydockError('BAD_USAGE', '--console-socket needs --detach: in the foreground the terminal is yours', {
    hint: 'add --detach, or leave --console-socket out',
  });
}

/** Runs `body` with a connection to the console socket, if there is to be one. Throws BAD_USAGE when it does not fit. */
export async function withConsole<T>(
  terminal: boolean,
  path: string | undefined,
  body: (consoleSocket: number | undefined) => Promise<T>,
): Promise<T> {
  if (terminal && path === undefined)
    throw new DrydockError(
      'BAD_USAGE',
      'a container with a terminal needs --console-socket when nobody stays with it',
      {
        hint: 'set process.terminal to false, or use `run` without --detach',
      },
    );
  if (!terminal && path !== undefined)
    throw new DrydockError('BAD_USAGE', '--console-socket is given, but process.terminal is false');
  if (path === undefined) return body(undefined);
  const socket = native.connectUnix(path);
  try {
    return await body(socket);
  } finally {
    closeSync(socket);
  }
}

/**
 * Writes a pid file: beside and renamed, because others wait for it to appear. A link in either place is replaced and
 * never followed.
 */
export function writePidFile(path: string | undefined, pid: number): void {
  if (path === undefined) return;
  const beside = `${path}.new`;
  rmSync(beside, { force: true });
  writeFileSync(beside, String(pid), { flag: 'wx' });
  renameSync(beside, path);
}
