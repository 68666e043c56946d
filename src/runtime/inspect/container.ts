/** A container of ours, looked at from outside. */
import { cgroupsOf, statusNow } from '../existing.ts';
import { wrongState } from '../container.ts';
import * as saved from '../state.ts';
import { inspect, type Inspection } from './inspect.ts';

export interface Inspected {
  readonly id: string;
  readonly status: saved.Status;
  readonly pid: number;
  readonly created: string;
  /** Names of the isolators that it was created with. */
  readonly stack: readonly string[];
  readonly inspections: readonly Inspection[];
}

/** Reads everything. Throws NO_SUCH_CONTAINER, and WRONG_STATE for one whose first process has ended. */
export function inspectContainer(run: string, id: string): Inspected {
  const state = saved.readState(run, id);
  const dir = saved.stateDir(run, id);
  const status = statusNow(state, dir);
  if (status === 'stopped') throw ended(id);
  const inspections = inspect({ pid: state.pid, cgroups: cgroupsOf(dir) });
  // A number is given again: what was read is the container's only if it still lives.
  if (saved.statusOf(state) === 'stopped') throw ended(id);
  return { id, status, pid: state.pid, created: state.created, stack: state.stack, inspections };
}

const ended = (id: string): Error => wrongState('look at', id, 'stopped', 'created, running or paused');
