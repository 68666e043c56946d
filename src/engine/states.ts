/**
 * `State` of a record, at each turn of a container's life.
 *
 *     created ──▶ running ──▶ exited ──▶ running …
 *                  │   ▲  └─▶ restarting ──▶ running …
 *                  ▼   │
 *                 paused
 */
import type { ContainerState } from './types.ts';

/** Go's zero of a time: it has not happened. */
export const NEVER = '0001-01-01T00:00:00Z';

export const created: Readonly<ContainerState> = {
  Status: 'created',
  Running: false,
  Paused: false,
  Restarting: false,
  OOMKilled: false,
  Dead: false,
  Pid: 0,
  ExitCode: 0,
  Error: '',
  StartedAt: NEVER,
  FinishedAt: NEVER,
};

/** Its program runs. What was before is forgotten, but when it ended. */
export function running({ FinishedAt }: ContainerState, Pid: number, StartedAt: string): ContainerState {
  return { ...created, Status: 'running', Running: true, Pid, StartedAt, FinishedAt };
}

/** It has run and ended. */
export function exited(
  { StartedAt, Health }: ContainerState,
  end: { ExitCode: number; FinishedAt: string; OOMKilled?: boolean; Error?: string },
): ContainerState {
  const { OOMKilled = false, Error = '' } = end;
  return { ...created, Status: 'exited', StartedAt, ...(Health && { Health }), ...end, OOMKilled, Error };
}

/** Its start has failed, and `Error` says why. One that has never run stays `created`, as with Docker. */
export function unstarted(before: ContainerState, end: { ExitCode: number; Error: string }): ContainerState {
  if (before.StartedAt === NEVER) return { ...created, ...end };
  return exited(before, { ...end, FinishedAt: new Date().toISOString() });
}

/** It has ended and will be started again: for whoever waits it still runs. */
export function restarting(before: ContainerState): ContainerState {
  return { ...before, Status: 'restarting', Running: true, Restarting: true };
}
