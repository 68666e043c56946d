/** `kill`: a signal for containers, SIGKILL unless another one is named. */
import { command, some } from './command.ts';
import { each } from './each.ts';
import { text } from './flags.ts';

export const verb = command({
  usage: '[OPTIONS] CONTAINER [CONTAINER...]',
  about: 'Sends a signal to containers: KILL, or another one.',
  words: some,
  flags: { signal: text('the signal, by name or number', { short: 's' }) },
  run: ({ client, flags, words }) =>
    each(words, async (name) => {
      const query = { signal: flags.signal };
      await client.done('POST', `/containers/${encodeURIComponent(name)}/kill`, { query });
      return name;
    }),
});
