/** `pause`: all processes of a container stand still (freezer, cgroups(7)). */
import { command, some } from './command.ts';
import { each } from './each.ts';

export const verb = command({
  usage: 'CONTAINER [CONTAINER...]',
  about: 'Stops all processes of containers, until `unpause`.',
  words: some,
  flags: {},
  run: ({ client, words }) =>
    each(words, async (name) => {
      await client.done('POST', `/containers/${encodeURIComponent(name)}/pause`);
      return name;
    }),
});
