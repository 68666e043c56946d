/**
 * Where verbs write.
 *
 * Straight to the descriptor: `process.stdout` brings node:tty, node:net and the streams, which a verb that prints one table
 * does not need. What the descriptor does not take (a reader that is full, or gone) is left to the stream, which waits or
 * complains; and what is printed after that, too, so that it stays in order.
 */
import { writeSync } from 'node:fs';

const printer = (fd: 1 | 2): ((text: string | Uint8Array) => void) => {
  let isLeft = false;
  return (text) => {
    let rest = typeof text === 'string' ? Buffer.from(text) : text;
    try {
      while (!isLeft && rest.length > 0) rest = rest.subarray(writeSync(fd, rest));
    } catch {
      isLeft = true; // The stream will meet the same, and say it.
    }
    if (rest.length > 0) (fd === 1 ? process.stdout : process.stderr).write(rest);
  };
};

export const print = printer(1);
export const warn = printer(2);
