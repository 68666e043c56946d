/**
 * A command of this machine's that runs in a guest instead: in the one that is up, or in the usual one, started for it.
 *
 * Invariant: what is to be undone leaves the guest as it was found. Its disk is kept before and given back afterwards;
 * a guest that was up boots again, one that was not is down.
 */
import { suites, type Series } from './debian.ts';
import { enter } from './enter.ts';
import { stop } from './end.ts';
import { running, usual, type Wish } from './guest.ts';
import { drop, OF_LABS, restore, snapshot, snapshots } from './snapshot.ts';
import { needReady, up } from './start.ts';

export interface Visit {
  /** Whatever it does to the guest's disk is to be as if it had not been. */
  readonly isUndone: boolean;
  say(line: string): void;
}

/** Runs the command in a guest, with this terminal; answers its exit code. */
export async function visit(words: readonly string[], { isUndone, say }: Visit): Promise<number> {
  const guest = await found(say);
  return isUndone ? undone(guest, words, say) : enter(guest.series, words, say);
}

interface Found {
  readonly series: Series;
  /** How it was started, if it was up before we came. */
  readonly before?: Wish;
}

async function found(say: (line: string) => void): Promise<Found> {
  const series = (Object.keys(suites) as Series[]).find((one) => running(one));
  if (series) return { series, before: await needReady(series, say) };
  await up('6.1', usual, say);
  return { series: '6.1' };
}

async function undone({ series, before }: Found, words: readonly string[], say: Visit['say']): Promise<number> {
  // Of somebody who was killed, in a lab whose traces are on the disk still: that is how we have found it.
  if (snapshots(series).includes(OF_LABS)) await drop(series, OF_LABS);
  await snapshot(series, OF_LABS);
  try {
    return await enter(series, words, say);
  } finally {
    await stop(series);
    restore(series, OF_LABS);
    await drop(series, OF_LABS);
    say(`the guest’s disk is as it was before${before ? '; it boots again' : '; the guest is down, as it was'}`);
    if (before) await up(series, before, say);
  }
}
