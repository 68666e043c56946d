/**
 * A container that stands still: all its processes at once, by the freezer of its cgroups.
 */
import { DrydockError } from '../errors.ts';
import { freezerOf, type Freezer } from './cgroup-freezer.ts';
import { cgroupsOf, noCgroups, statusNow } from './existing.ts';
import { demand } from './lifecycle.ts';
import * as saved from './state.ts';

/** Deadline for everything in a container to stand still. */
const FROZEN_WITHIN_MS = 5_000;

/** Stops everything in a running container. Throws NO_SUCH_CONTAINER, WRONG_STATE, UNSUPPORTED. */
export async function pause(run: string, id: string): Promise<void> {
  const freezer = freezerIn(run, id, 'pause');
  if (await freezer.freeze(FROZEN_WITHIN_MS)) return;
  freezer.thaw();
  throw new DrydockError('WRONG_STATE', `'${id}' does not stand still: a process of it waits in the kernel`, {
    hint: 'a process that waits for a disk can be frozen when the disk answers; try again',
  });
}

/** Lets a paused container go on. Throws NO_SUCH_CONTAINER, WRONG_STATE, UNSUPPORTED. */
export function resume(run: string, id: string): void {
  freezerIn(run, id, 'resume').thaw();
}

function freezerIn(run: string, id: string, verb: 'pause' | 'resume'): Freezer {
  const state = saved.readState(run, id);
  const dir = saved.stateDir(run, id);
  demand(verb, id, statusNow(state, dir));
  const cgroups = cgroupsOf(dir);
  if (cgroups.length === 0) throw noCgroups(verb, id);
  const freezer = freezerOf(cgroups);
  if (freezer) return freezer;
  throw new DrydockError('UNSUPPORTED', `cannot ${verb} '${id}': its cgroups have no freezer`, {
    hint: 'it needs the freezer of cgroup v1, or Linux 5.2 with cgroup v2',
  });
}
