/** A container of ours, looked at from outside. */
import { cgroupsOf, statusNow } from '../existing.ts';
import { demand, statusOf } from '../lifecycle.ts';
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
  demand('inspect', id, status);
  const inspections = inspect({ pid: state.pid, cgroups: cgroupsOf(dir) });
  // A number is given again: what was read is the container's only if it still lives.
  demand('inspect', id, statusOf(state));
  return { id, status, pid: state.pid, created: state.created, stack: state.stack, inspections };
}
