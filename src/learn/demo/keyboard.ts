/**
 * Keys and lines from a terminal: single keys in raw mode, a line in the usual one, and the terminal as it was in
 * between and at the end.
 */
import { isatty, type ReadStream } from 'node:tty';
import { endByHangUp } from '../../hangup.ts';
import { fold } from '../look.ts';

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
  let isGone = false;
  let answer: (text: string) => void = () => undefined;
  const gone = (): void => {
    isGone = true;
    if (!isatty(0)) endByHangUp(); // Ctrl-D on an empty line is an end of file, too
    answer('q');
  };
  input.on('data', (chunk: Buffer) => answer(chunk.toString()));
  input.on('end', gone);
  input.on('error', gone); // also where it cannot be set back, because it has gone
  input.pause();
  const next = async (): Promise<string> => {
    if (isGone) return 'q';
    const text = new Promise<string>((resolve) => (answer = resolve));
    input.resume();
    return text.finally(() => input.pause());
  };
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

/** The line in which somebody guesses; where nobody can, the question alone. */
export function askedFor(question: string, keyboard: Keyboard | undefined, columns: number): string {
  const text = keyboard ? `your guess, then Enter: ${question}` : `your guess: ${question}`;
  const lines = fold(text, columns - 3).map((line) => ` ${line}`);
  return lines.join('\n') + (keyboard ? ' ' : '\n');
}
