/**
 * Makes sure that a learner's code only ever runs in the dock.
 *
 * The launcher enters it before Node starts. Whoever starts the bundle by other ways (a test, `node dist/drydock.cjs
 * check`) comes by here: the same command line once more, inside `drydock-shim sandbox`. The host's `/` is read-only
 * in there, but for the folders named below, and its /tmp is not the host's: a project that lies there has to be named
 * too. See addon/shim/sandbox.h for the rest.
 */
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { join } from 'node:path';
import { DrydockError } from '../errors.ts';
import { noCgroups } from '../linux/feature-facts.ts';
import { endByHangUp } from '../hangup.ts';
import { features } from '../linux/features.ts';
import { makeFolders } from '../linux/make-folders.ts';
import { projectHome } from '../linux/native.ts';
import { as } from './owner.ts';
import { workspace } from './workspace.ts';

const MEMORY = 1 << 30;
const PROCESSES = 512;

export interface DockOptions {
  /** What needs root: named in the refusal. */
  readonly verb: string;
  /** After so long everything in the dock is killed. */
  readonly seconds: number;
}

/**
 * Goes on (undefined) where we are in the dock already; elsewhere runs this command line in it and answers its exit
 * code. Throws NEEDS_ROOT, DOCK.
 */
export async function docked({ verb, seconds }: DockOptions): Promise<number | undefined> {
  if (process.getuid!() !== 0)
    throw new DrydockError('NEEDS_ROOT', `${verb} needs root: mount, pivot_root`, {
      hint: `sudo ./drydock ${verb}; without root: read, begin, hint, progress`,
    });
  if (process.env.DRYDOCK_DOCKED === '1' || process.env.DRYDOCK_NO_DOCK === '1') return undefined;
  if (features().cgroup === 'none')
    throw new DrydockError('DOCK', `no cgroups are mounted: ${noCgroups.without}`, { hint: noCgroups.advice });
  const { root: work, owner } = workspace();
  const root = process.env.DRYDOCK_ROOT ?? '/var/lib/drydock';
  const run = process.env.DRYDOCK_RUN ?? '/run/drydock';
  for (const folder of [root, run]) makeFolders(folder, 0o700);
  as(owner, () => makeFolders(work, 0o755));
  const writable = [root, run, work].flatMap((folder) => ['--writable', folder]);
  const limits = ['--memory', String(MEMORY), '--pids', String(PROCESSES), '--seconds', String(seconds)];
  const again = [process.execPath, ...process.execArgv, ...process.argv.slice(1)];
  const home = projectHome();
  const shim = join(home, 'build/Release/drydock-shim');
  const env = { ...process.env, DRYDOCK_WORK: work, DRYDOCK_ROOT: root, DRYDOCK_RUN: run, DRYDOCK_DOCKED: '1' };
  return new Promise((resolve, reject) => {
    const dock = spawn(shim, ['sandbox', '--readable', home, ...writable, ...limits, '--', ...again], {
      stdio: 'inherit',
      env,
    });
    // Whoever is in the dock tidies up, and we wait for that. From a terminal Ctrl-C reaches both: twice does no harm.
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
    const passOn = (signal: NodeJS.Signals): void => {
      if (signal === 'SIGHUP') endByHangUp();
      dock.kill(signal);
    };
    signals.forEach((signal) => process.on(signal, passOn));
    dock.on('error', (cause) =>
      reject(
        new DrydockError('DOCK', `the dock cannot be started: ${cause.message}`, {
          hint: 'npm run build:native',
          cause,
        }),
      ),
    );
    dock.on('exit', (code, signal) => {
      signals.forEach((one) => process.off(one, passOn));
      const ending = code ?? 128 + constants.signals[signal!];
      // Whoever was in there has met the end of the terminal, which is ours, too.
      if (ending === 128 + constants.signals.SIGHUP) endByHangUp();
      resolve(ending);
    });
  });
}
