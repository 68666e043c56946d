/**
 * The engine has one thread: a long loop that waits for nothing lets everybody else wait. Called in each of its rounds, this
 * gives way as soon as the loop has had the thread for a while.
 */
import { setImmediate as others } from 'node:timers/promises';

const TURN_MS = 20;

/** To be awaited in each round. Throws the signal's reason once somebody wants the end of it. */
export function turns(signal: AbortSignal): () => Promise<void> | undefined {
  let until = performance.now() + TURN_MS;
  return () => (performance.now() < until ? undefined : giveWay());

  async function giveWay(): Promise<void> {
    await others();
    signal.throwIfAborted();
    until = performance.now() + TURN_MS;
  }
}
