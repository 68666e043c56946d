/** `rm`: containers go, with what they have written. */
import { command, some } from './command.ts';
import { each } from './each.ts';
import { CommandFailure } from './failure.ts';
import { toggle } from './flags.ts';
import { force } from './shared-flags.ts';

export const verb = command({
  usage: '[OPTIONS] CONTAINER [CONTAINER...]',
  about: 'Removes containers.',
  words: some,
  flags: {
    force: force('also those that run: they are killed'),
    link: toggle('only the link of this name', { short: 'l' }),
    volumes: toggle('also their volumes without a name', { short: 'v' }),
  },
  run: ({ client, flags, words }) =>
    each(words, async (typed) => {
      const name = typed.replace(/^\/+|\/+$/g, '');
      if (name === '') throw new CommandFailure('container name cannot be empty');
      const query = { v: flags.volumes, link: flags.link, force: flags.force };
      await client.done('DELETE', `/containers/${encodeURIComponent(name)}`, { query });
      return typed;
    }),
});
