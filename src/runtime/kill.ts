/**
 * Signals for a container: to its first process, or to all that are in it.
 *
 * Which processes are in it, the cgroup knows: also those whose parent has ended, and those that have left every
 * session and group. The first process alone is found by pid and start time.
 */
import { DrydockError } from '../errors.ts';
import { signals } from '../linux/constants.ts';
import { freezerOf } from './cgroup-freezer.ts';
import { signalCgroups } from './cgroup-signal.ts';
import { processesIn } from './cgroupfs.ts';
import { cgroupsOf } from './existing.ts';
import * as saved from './state.ts';

/** Sends a signal to a container's first process; 0 only asks whether there is one. Throws WRONG_STATE. */
export function kill(run: string, id: string, signal: number): void {
  const state = saved.readState(run, id);
  const first = saved.holdFirst(state);
  try {
    if (!first?.signal(signal)) throw notRunning(id);
    // What is paused by the freezer of v1 could not even die.
    if (signal === signals.SIGKILL) thawKilled(saved.stateDir(run, id));
  } finally {
    first?.close();
  }
}

/** In runc's words: by them containerd's shim tells a signal that came too late from one that failed. */
function notRunning(id: string): DrydockError {
  return new DrydockError('WRONG_STATE', `cannot kill '${id}': container not running, it has stopped`);
}

/** Lets what was paused die of the SIGKILL that it has got. */
export function thawKilled(dir: string): void {
  const freezer = freezerOf(cgroupsOf(dir));
  if (freezer?.isAsked()) freezer.thaw();
}

/**
 * Sends a signal to every process in a container, also to what a stopped one has left behind. One without cgroups, or
 * whose cgroups somebody has taken away, has its first process alone.
 */
export async function killAll(run: string, id: string, signal: number): Promise<void> {
  const state = saved.readState(run, id);
  const cgroups = cgroupsOf(saved.stateDir(run, id));
  if (cgroups.some((directory) => processesIn(directory).length > 0)) await signalCgroups(cgroups, signal);
  else if (saved.statusOf(state) !== 'stopped') kill(run, id, signal);
}
