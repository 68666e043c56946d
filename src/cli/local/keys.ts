/**
 * One key from the person's terminal, without waiting for Enter (termios(3), raw mode).
 *
 * The terminal is opened anew for each key and let go before we return: afterwards it belongs to the container, and two
 * readers of one terminal steal each other's keys.
 */
import { openSync } from 'node:fs';
import { ReadStream } from 'node:tty';

/** Waits for a key; Ctrl-C and Ctrl-D come as their characters. Undefined when the terminal has gone away. */
export async function readKey(): Promise<string | undefined> {
  const terminal = new ReadStream(openSync('/dev/tty', 'r+'));
  try {
    return await new Promise<string | undefined>((resolve) => {
      const gone = (): void => resolve(undefined);
      terminal.once('data', (data) => resolve(data.toString()));
      terminal.once('end', gone);
      terminal.on('error', gone); // to the last: one that has gone cannot be set back either
      terminal.setRawMode(true);
    });
  } finally {
    terminal.setRawMode(false);
    terminal.destroy();
  }
}
