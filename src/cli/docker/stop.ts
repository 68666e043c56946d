/** `stop`: the signal that asks, and after a while the one that does not. */
import { command, some } from './command.ts';
import { each } from './each.ts';
import { ending, endingQuery } from './shared-flags.ts';

export const verb = command({
  usage: '[OPTIONS] CONTAINER [CONTAINER...]',
  about: 'Stops containers: asks first, and kills what has not ended in time.',
  words: some,
  flags: ending,
  run: ({ client, flags, words }) =>
    each(words, async (name) => {
      await client.done('POST', `/containers/${encodeURIComponent(name)}/stop`, { query: endingQuery(flags) });
      return name;
    }),
});
