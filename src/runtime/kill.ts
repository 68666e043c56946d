/**
 * Signals for a container: to its first process, or to all that are in it.
 *
 * Which processes are in it, the cgroup knows: also those whose parent has ended, and those that have left every
 * session and group. The first process alone is found by pid and start time.
 */
import { signalCgroups } from './cgroup-signal.ts';
import { wrongState } from './container.ts';
import { directoriesOf } from './isolators/cgroups.ts';
import * as saved from './state.ts';

/** Sends a signal to a container's first process; 0 only asks whether there is one. Throws WRONG_STATE. */
export function kill(run: string, id: string, signal: number): void {
  const state = saved.readState(run, id);
  const first = saved.holdFirst(state);
  try {
    if (!first?.signal(signal)) throw wrongState('kill', id, 'stopped', 'created or running');
  } finally {
    first?.close();
  }
}

/** Sends a signal to every process in a container, also to what a stopped one has left behind. */
export async function killAll(run: string, id: string, signal: number): Promise<void> {
  saved.readState(run, id);
  const cgroups = directoriesOf(saved.readClaims(saved.stateDir(run, id))?.claims.cgroups);
  if (cgroups.length === 0) kill(run, id, signal);
  else await signalCgroups(cgroups, signal);
}
