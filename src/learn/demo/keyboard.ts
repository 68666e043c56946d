/**
 * Keys and lines from a terminal: single keys in raw mode, a line in the usual one, and the terminal as it was in
 * between and at the end.
 */
import type { ReadStream } from 'node:tty';

export interface Keyboard {
  /** One key, without Enter. Ctrl-C comes as \u0003. */
  key(): Promise<string>;
  /** A line; what the person types is echoed by the terminal. */
  line(): Promise<string>;
  /** Gives the terminal to somebody else for a while. */
  lend<T>(work: () => Promise<T>): Promise<T>;
  close(): void;
}

/** The keyboard of a terminal. A terminal that goes away answers `q`. */
export function keyboardOf(input: ReadStream): Keyboard {
  const next = (): Promise<string> =>
    new Promise((resolve) => {
      const done = (text: string): void => {
        input.off('data', data);
        input.off('end', gone);
        input.pause();
        resolve(text);
      };
      const data = (chunk: Buffer): void => done(chunk.toString());
      const gone = (): void => done('q');
      input.on('data', data);
      input.on('end', gone);
      input.resume();
    });
  return {
    async key() {
      input.setRawMode(true);
      try {
        return (await next()).charAt(0);
      } finally {
        input.setRawMode(false);
      }
    },
    line: async () => (await next()).trim(),
    async lend(work) {
      // Ctrl-C in there is meant for what runs in there.
      const keep = (): void => undefined;
      const others = process.listeners('SIGINT');
      process.removeAllListeners('SIGINT');
      process.on('SIGINT', keep);
      try {
        return await work();
      } finally {
        process.off('SIGINT', keep);
        for (const one of others) process.on('SIGINT', one);
      }
    },
    close: () => input.pause(),
  };
}
