/**
 * A container in the foreground: from its spec to its exit code, with nothing left behind.
 *
 *     terminal ──▶ drydock (Node) ──▶ drydock-shim supervise ──▶ the container
 *
 * The supervisor owns the terminal and the container. A key like Ctrl-C reaches every process of the terminal's
 * foreground group by itself, the supervisor among them; a signal that somebody sends to Node alone must be passed on.
 * Node itself survives both, because it has to clean up.
 */
import { constants } from 'node:os';
import { DrydockError } from '../../errors.ts';
import { readStat } from '../../linux/procfs.ts';
import { create, start, type Container, type CreateOptions } from '../../runtime/container.ts';
import type * as runtime from '../../runtime/index.ts';
import { oomKills } from '../../runtime/oom.ts';
import { remove } from '../../runtime/remove.ts';
import { readClaims, stateDir } from '../../runtime/state.ts';
import { endByHangUp } from '../../hangup.ts';
import { isTerminal } from '../terminal.ts';

/** Sent by the kernel to the whole foreground group; passed on by us only where there is no terminal to send them. */
const keys: readonly NodeJS.Signals[] = ['SIGINT', 'SIGQUIT'];
const all: readonly NodeJS.Signals[] = [...keys, 'SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2'];

export interface ForegroundOptions extends CreateOptions {
  /** Whose containers: a learner's (src/learn/rebuilt.ts), or ours. */
  readonly runtime?: Pick<typeof runtime, 'create' | 'start' | 'remove'>;
}

const ours = { create, start, remove };

/** Runs a container to its end. The answer is its exit code, 128 + n when a signal ended it. */
export async function runInForeground(
  { runtime: { create, start, remove } = ours, ...options }: ForegroundOptions,
  created?: (container: Container) => void,
): Promise<number> {
  const { run, id, isolators } = options;
  const arrivals = listen();
  try {
    const container = await create({ ...options, supervise: true });
    const ended = container.wait();
    try {
      created?.(container);
      if (arrivals.early === undefined) {
        arrivals.supervisor = readStat(container.pid)?.parent;
        await start(run, id, isolators);
        const code = await ended;
        tellOfMemory(run, id);
        return code;
      }
    } finally {
      await remove(run, id, { force: true }, isolators);
    }
    await ended;
    return 128 + constants.signals[arrivals.early];
  } finally {
    arrivals.stop();
  }
}

/** Exit code 137 alone says only that somebody has sent SIGKILL. */
function tellOfMemory(run: string, id: string): void {
  const kills = oomKills(readClaims(stateDir(run, id))?.claims.cgroups);
  if (kills > 0)
    process.stderr.write(`drydock: its memory was used up: the kernel has killed ${kills} of its processes\n`);
}

interface Arrivals {
  /** Who gets them; until then the first one is kept. */
  supervisor?: number;
  early?: NodeJS.Signals;
  stop(): void;
}

function listen(): Arrivals {
  const hasTerminal = isTerminal(0);
  const arrivals: Arrivals = {
    stop() {
      all.forEach((signal) => process.off(signal, onSignal));
      // Nobody has told us: the leader of our session has survived its terminal.
      if (hasTerminal && !isTerminal(0)) endByHangUp();
    },
  };
  const onSignal = (signal: NodeJS.Signals): void => {
    if (signal === 'SIGHUP') endByHangUp();
    if (arrivals.supervisor === undefined) arrivals.early ??= signal;
    else if (!(hasTerminal && keys.includes(signal))) sendTo(arrivals.supervisor, signal);
  };
  for (const signal of all) process.on(signal, onSignal);
  return arrivals;
}

function sendTo(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    // It has ended at this very moment, which is what was asked for.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Throws NEEDS_ROOT unless we are root, or shall do without (--rootless); `verb` is how the person called it. */
export function needRoot(verb: string, why: string, rootless = false): void {
  if (process.getuid?.() === 0 || rootless || process.env.DRYDOCK_ROOTLESS === '1') return;
  throw new DrydockError('NEEDS_ROOT', `${verb} needs root: ${why}`, {
    hint: 'start it with ./drydock, which asks sudo; without root there are: try --rootless, try --explain, oci --rootless true, read, doctor, begin, hint, solution, reset, progress, next',
  });
}
