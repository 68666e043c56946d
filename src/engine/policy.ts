/**
 * Restart policies: whether a container that has ended is started again, and when (docker run --restart).
 *
 * One that ends at once would keep the machine busy with starting it, so each time it waits twice as long as before, from a
 * tenth of a second up to a minute; one that has run for ten seconds begins anew. So Docker does it.
 */
import { DrydockError } from '../errors.ts';
import type { ContainerRecord, RestartPolicy } from './types.ts';

const FIRST_MS = 100;
const LONGEST_MS = 60_000;
const RUNS_WELL_MS = 10_000;

const policies = ['', 'no', 'always', 'on-failure', 'unless-stopped'];

export const isNoPolicy = ({ Name = '' }: RestartPolicy): boolean => ['', 'no'].includes(Name);

/** Throws BAD_USAGE in Docker's words for one that there is not. */
export function checkPolicy({ Name = '', MaximumRetryCount = 0 }: RestartPolicy): void {
  if (!policies.includes(Name))
    throw new DrydockError('BAD_USAGE', `invalid restart policy '${Name}'`, {
      hint: 'no, always, unless-stopped, on-failure or on-failure:TIMES',
    });
  if (MaximumRetryCount < 0) throw new DrydockError('BAD_USAGE', 'maximum retry count cannot be negative');
  if (MaximumRetryCount > 0 && Name !== 'on-failure')
    throw new DrydockError('BAD_USAGE', `maximum retry count cannot be used with restart policy '${Name || 'no'}'`, {
      hint: 'only on-failure counts',
    });
}

/** Whether it is started again after this end. Whoever stops it by hand wants it stopped. */
export function isRestarted({ HostConfig, State, StoppedByHand, RestartCount }: ContainerRecord): boolean {
  const { Name = 'no', MaximumRetryCount = 0 } = HostConfig.RestartPolicy ?? {};
  if (StoppedByHand) return false;
  if (Name === 'on-failure')
    return State.ExitCode !== 0 && (MaximumRetryCount === 0 || RestartCount < MaximumRetryCount);
  return Name === 'always' || Name === 'unless-stopped';
}

/** Whether an engine that comes back starts it, after it has ended while no engine was there, or was not running at all. */
export function isStartedWithEngine(record: ContainerRecord): boolean {
  const { Status, ExitCode } = record.State;
  // Nobody has asked for it yet; a start that has failed leaves a code.
  if (Status === 'created' && ExitCode === 0) return false;
  // As Docker has it: `always` means also what was stopped by hand, once the engine is restarted.
  return record.HostConfig.RestartPolicy?.Name === 'always' || isRestarted(record);
}

/** How long to wait, given how long it has waited before and how long it has run. */
export function pauseBefore(last: number | undefined, ranMs: number): number {
  if (last === undefined || ranMs >= RUNS_WELL_MS) return FIRST_MS;
  return Math.min(last * 2, LONGEST_MS);
}
