/** `volume rm`: volumes go, with all that is in them. */
import { command, some } from './command.ts';
import { each } from './each.ts';
import { force } from './shared-flags.ts';

export const verb = command({
  usage: '[OPTIONS] VOLUME [VOLUME...]',
  about: 'Removes volumes, with what is in them. Not those that a container has.',
  words: some,
  flags: { force: force('one that is not there is no failure') },
  run: ({ client, flags, words }) =>
    each(words, async (name) => {
      await client.done('DELETE', `/volumes/${encodeURIComponent(name)}`, { query: { force: flags.force } });
      return name;
    }),
});
