/**
 * `Up 3 minutes (healthy)`, `Exited (0) 2 hours ago`: a state in Docker's words, which people know by heart.
 */
import type { ContainerState } from './types.ts';

export function statusText(state: ContainerState, now = Date.now()): string {
  const { Status, ExitCode, StartedAt, FinishedAt, Health } = state;
  const since = (time: string): string => durationText((now - Date.parse(time)) / 1000);
  switch (Status) {
    case 'running':
      return `Up ${since(StartedAt)}${healthText(Health?.Status)}`;
    case 'paused':
      return `Up ${since(StartedAt)} (Paused)`;
    case 'restarting':
      return `Restarting (${ExitCode}) ${since(FinishedAt)} ago`;
    case 'exited':
      return `Exited (${ExitCode}) ${since(FinishedAt)} ago`;
    case 'removing':
      return 'Removal In Progress';
    case 'dead':
      return 'Dead';
    case 'created':
      return 'Created';
  }
}

function healthText(status: string | undefined): string {
  if (status === undefined || status === 'none') return '';
  return status === 'starting' ? ' (health: starting)' : ` (${status})`;
}

const [MINUTE, HOUR, WEEK, MONTH, YEAR] = [60, 3600, 604_800, 2_592_000, 31_536_000];

/** As go-units' HumanDuration rounds: each unit is used until the next has two of it. */
export function durationText(seconds: number): string {
  if (seconds < 1) return 'Less than a second';
  if (seconds < 2) return '1 second';
  if (seconds < MINUTE) return `${Math.floor(seconds)} seconds`;
  if (seconds < 2 * MINUTE) return 'About a minute';
  if (seconds < HOUR) return `${Math.floor(seconds / MINUTE)} minutes`;
  const hours = Math.round(seconds / HOUR);
  if (hours < 2) return 'About an hour';
  if (hours < 48) return `${hours} hours`;
  if (seconds < 2 * WEEK) return `${Math.floor(hours / 24)} days`;
  if (seconds < 2 * MONTH) return `${Math.floor(seconds / WEEK)} weeks`;
  if (seconds < 2 * YEAR) return `${Math.floor(seconds / MONTH)} months`;
  return `${Math.floor(seconds / YEAR)} years`;
}
