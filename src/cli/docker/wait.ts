/** `wait`: until containers have ended; each one's exit code is a line. */
import type { Waited } from '../../client/types.ts';
import { command, some } from './command.ts';
import { each } from './each.ts';
import { CommandFailure } from './failure.ts';

export const verb = command({
  usage: 'CONTAINER [CONTAINER...]',
  about: 'Waits until containers have ended, and prints their exit codes.',
  words: some,
  flags: {},
  run: ({ client, words }) =>
    each(words, async (name) => {
      const path = `/containers/${encodeURIComponent(name)}/wait`;
      const { StatusCode, Error: failure } = await client.json<Waited>('POST', path);
      if (failure?.Message) throw new CommandFailure(failure.Message);
      return String(StatusCode);
    }),
});
