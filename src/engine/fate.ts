/**
 * What becomes of a container when an engine starts: decided from what was found, before anything is changed.
 *
 *     on the disk                     in the run folder            then
 *     marked as removed               anything                     the removal is finished
 *     container.json                  process runs                 taken over, whatever the record says
 *     container.json                  process has ended            its exit code is read from the vessel's file
 *     a record that says it runs      ended, and no such file      its vessel was killed: nobody knows how it ended
 *     a record that says it runs      nothing                      the machine was restarted
 *     container.json                  waits for `start`, or ended  half started: undone
 *                                     before anybody let it go
 *     container.json                  nothing                      as it was
 *
 * A pure function: the engine that was killed has left a state for each line of it, and none can be asked.
 */
import type { Status } from '../runtime/state.ts';
import type { Ending } from '../runtime/vessel-client.ts';
import type { ContainerState } from './types.ts';

/** What the run folder and the kernel say. */
export interface Found {
  /** Whether anything of the container is in the run folder. */
  readonly isThere: boolean;
  /** Of its process, from the kernel; undefined when nothing was ever saved about one. */
  readonly status?: Status;
  /** What its vessel has written at the end of a process that was let go. */
  readonly ending?: Ending;
}

/** What was so when somebody last wrote it down. */
export type Recorded = Pick<ContainerState, 'Status' | 'Pid'>;

/** How it ended, and why nobody can say it better. */
export type End = Ending & { readonly error?: string };

export type Fate =
  | { readonly then: 'remove' | 'take over' | 'undo' | 'keep' }
  /** It has ended while nobody looked: everything follows that follows from an end. */
  | { readonly then: 'settle'; readonly end: End };

/** The table above. `Status` and `Pid` are what the record says. */
export function fateOf({ Status, Pid }: Recorded, found: Found): Fate {
  const { isThere, status, ending } = found;
  // Its owner was told that it goes: nothing brings it back.
  if (Status === 'removing') return { then: 'remove' };
  // A record says what was so once. The kernel says what is so.
  if (status === 'running') return { then: 'take over' };
  // Also where the record does not know that it had begun: it was started by somebody who was killed before he could say so.
  if (ending) return { then: 'settle', end: ending };
  if (Pid) return { then: 'settle', end: status ? lost() : switchedOff() };
  return { then: isThere ? 'undo' : 'keep' };
}

/** The vessel itself was killed: nobody knows how its process would have ended. */
export const lost = (): End => ({
  status: 137,
  signal: 9,
  finished: new Date().toISOString(),
  error: 'its shim was killed, so nobody holds its streams and its exit code any more; the container was ended',
});

/** Nothing is in the run folder, which a restart of the machine has emptied. */
const switchedOff = (): End => ({
  status: 255,
  signal: 0,
  finished: new Date().toISOString(),
  error: 'the machine was restarted while it ran',
});
