/** `restart`: stop, and start again. */
import { command, some } from './command.ts';
import { each } from './each.ts';
import { ending, endingQuery } from './shared-flags.ts';

export const verb = command({
  usage: '[OPTIONS] CONTAINER [CONTAINER...]',
  about: 'Stops containers and starts them again.',
  words: some,
  flags: ending,
  run: ({ client, flags, words }) =>
    each(words, async (name) => {
      await client.done('POST', `/containers/${encodeURIComponent(name)}/restart`, { query: endingQuery(flags) });
      return name;
    }),
});
