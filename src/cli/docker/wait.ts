/** `wait`: until containers have ended; each one's exit code is a line. */
import type { Waited } from '../../client/types.ts';
import { command, some } from './command.ts';
import { each } from './each.ts';

export const verb = command({
  usage: 'CONTAINER [CONTAINER...]',
  about: 'Waits until containers have ended, and prints their exit codes.',
  words: some,
  flags: {},
  run: ({ client, words }) =>
    each(words, async (name) => {
      const path = `/containers/${encodeURIComponent(name)}/wait`;
      // Why one could not be started is no matter of ours: its code is.
      return String((await client.json<Waited>('POST', path)).StatusCode);
    }),
});
