/** `rm`: containers go, with what they have written. */
import { isMissing } from '../../client/failure.ts';
import { command, some } from './command.ts';
import { each, sentenceOf } from './each.ts';
import { CommandFailure, Harmless } from './failure.ts';
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
      try {
        await client.done('DELETE', `/containers/${encodeURIComponent(name)}`, { query });
      } catch (error) {
        // With --force it is enough that it is gone; the sentence is printed all the same.
        throw flags.force && isMissing(error) ? new Harmless(sentenceOf(error), error) : error;
      }
      return typed;
    }),
});
