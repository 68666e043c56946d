/** `unpause`: what `pause` has stopped goes on. */
import { command, some } from './command.ts';
import { each } from './each.ts';

export const verb = command({
  usage: 'CONTAINER [CONTAINER...]',
  about: 'Lets the processes of paused containers go on.',
  words: some,
  flags: {},
  run: ({ client, words }) =>
    each(words, async (name) => {
      await client.done('POST', `/containers/${encodeURIComponent(name)}/unpause`);
      return name;
    }),
});
