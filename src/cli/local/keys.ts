/**
 * One key from the person's terminal, without waiting for Enter (termios(3), raw mode).
 *
 * The terminal is opened anew for each key and let go before we return: afterwards it belongs to the container, and two
 * readers of one terminal steal each other's keys.
 */
import { openSync } from 'node:fs';
import { ReadStream } from 'node:tty';

/** Waits for a key; Ctrl-C and Ctrl-D come as their characters. `q` when the terminal goes away. */
export async function readKey(): Promise<string> {
  const terminal = new ReadStream(openSync('/dev/tty', 'r+'));
  terminal.setRawMode(true);
  try {
    return await new Promise<string>((resolve) => {
      terminal.once('data', (data) => resolve(data.toString()));
      terminal.once('end', () => resolve('q'));
      terminal.once('error', () => resolve('q'));
    });
  } finally {
    terminal.setRawMode(false);
    terminal.destroy();
  }
}
