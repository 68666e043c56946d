/**
 * Waiting for as long as somebody has asked for.
 *
 * A timer of Node takes 31 bits of milliseconds, 24 days. One that is set to more goes off at once, so that a patience of
 * a month would be none at all.
 */
import { setTimeout as sleep } from 'node:timers/promises';

/** Longer than any engine waits for anything in one piece. */
export const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Sleeps, in several pieces if need be. Rejects with an AbortError when the signal is aborted. */
export async function longSleep(milliseconds: number, signal: AbortSignal): Promise<void> {
  for (let left = milliseconds; ; left -= LONGEST_TIMER_MS) {
    await sleep(Math.min(left, LONGEST_TIMER_MS), undefined, { signal });
    if (left <= LONGEST_TIMER_MS) return;
  }
}
