/**
 * Resolves when a stream whose `write` has answered false takes more, or when nobody is there any more who could.
 *
 * Both listeners go then: events.once would leave the one for `close`, and a client that reads slowly makes us wait thousands of
 * times.
 */
import type { Writable } from 'node:stream';

export function drained(output: Writable): Promise<void> {
  if (output.destroyed) return Promise.resolve();
  return new Promise((resolve) => {
    const done = (): void => {
      output.off('drain', done).off('close', done);
      resolve();
    };
    output.on('drain', done).on('close', done);
  });
}
