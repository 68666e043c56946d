/**
 * Signals for a container: to its first process, or to all that are in it.
 *
 * Which processes are in it, the cgroup knows: also those whose parent has ended, and those that have left every
 * session and group. The first process alone is found by pid and start time.
 */
import { signals } from '../linux/constants.ts';
import { freezerOf } from './cgroup-freezer.ts';
import { signalCgroups } from './cgroup-signal.ts';
import { processesIn } from './cgroupfs.ts';
import { cgroupsOf, statusNow } from './existing.ts';
import { demand, statusOf, wrongState } from './lifecycle.ts';
import * as saved from './state.ts';

/** Sends a signal to a container's first process; 0 only asks whether there is one. Throws WRONG_STATE. */
export function kill(run: string, id: string, signal: number): void {
  const state = saved.readState(run, id);
  const dir = saved.stateDir(run, id);
  demand('kill', id, statusNow(state, dir));
  const first = saved.holdFirst(state);
  try {
    if (!first?.signal(signal)) throw wrongState('kill', id, 'stopped');
    // What is paused by the freezer of v1 could not even die.
    if (signal === signals.SIGKILL) thawKilled(dir);
  } finally {
    first?.close();
  }
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
  else if (statusOf(state) !== 'stopped') kill(run, id, signal);
}
