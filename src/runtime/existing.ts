/**
 * A container that another process may have created: its stack, its plan and its later points, from what is saved.
 */
import { DrydockError } from '../errors.ts';
import { features } from '../linux/features.ts';
import { freezerOf } from './cgroup-freezer.ts';
import { compose, reach, type Composition } from './compose.ts';
import type { Host, Point } from './isolator.ts';
import { directoriesOf } from './isolators/cgroups.ts';
import type { AnyIsolator } from './isolators/index.ts';
import { statusOf } from './lifecycle.ts';
import { readClaims, type SavedState, type Status } from './state.ts';

/** The facts around a container. */
export function hostOf(id: string, stateDir: string, bundle: string, options: HostOptions = {}): Host {
  return {
    id,
    stateDir,
    bundle,
    features: features(),
    privileged: process.getuid?.() === 0,
    preserveFds: options.preserveFds ?? 0,
    consoleSocket: options.consoleSocket !== undefined || options.supervise === true || options.vessel !== undefined,
  };
}

interface HostOptions {
  preserveFds?: number;
  consoleSocket?: number;
  supervise?: boolean;
  vessel?: object;
}

/** Directories of a container's cgroups. */
export function cgroupsOf(dir: string): string[] {
  return directoriesOf(readClaims(dir)?.claims.cgroups);
}

/** The error for what only cgroups can do, in a container that has none: one without root, for example. */
export function noCgroups(verb: string, id: string): DrydockError {
  return new DrydockError('UNSUPPORTED', `cannot ${verb} '${id}': it has no cgroups`, {
    hint: 'root gives a container its cgroups; --rootless and --cgroup-manager disabled do without',
  });
}

/** The status, with the pause that only the cgroups know of. */
export function statusNow(state: SavedState, dir: string): Status {
  const status = statusOf(state);
  if (status !== 'running' && status !== 'created') return status;
  return freezerOf(cgroupsOf(dir))?.isAsked() ? 'paused' : status;
}

/** The isolators that a container was created with, as they are now. */
export function ownStack({ stack }: SavedState, all: readonly AnyIsolator[]): readonly AnyIsolator[] {
  return all.filter(({ name }) => stack.includes(name));
}

/** The plan that a container has walked, for naming the step that failed. */
export function recompose(state: SavedState, dir: string, all: readonly AnyIsolator[]): Composition {
  const { preserveFds, consoleSocket } = state;
  const host = { ...hostOf(state.id, dir, state.bundle), preserveFds, consoleSocket };
  const { claims } = readClaims(dir) ?? {};
  return compose(ownStack(state, all), {
    spec: state.spec,
    mode: 'create',
    host,
    claims,
  });
}

/** Reaches a point of a container's life after its creation. */
export function reachLater(point: Point, state: SavedState, dir: string, all: readonly AnyIsolator[]): Promise<void> {
  const host = hostOf(state.id, dir, state.bundle);
  const claims = readClaims(dir)?.claims ?? {};
  const waiting = {
    pid: state.pid,
    proc: `/proc/${state.pid}`,
    fds: new Map(),
    inCgroup: false,
    spec: state.spec,
    host,
  };
  return reach(ownStack(state, all), claims, point, waiting);
}
