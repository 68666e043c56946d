/** `commit`: an image of what a container has made of its own. */
import { command } from './command.ts';
import { list, text, toggle } from './flags.ts';
import { nameParts } from './image-name.ts';
import { print } from './print.ts';

export const verb = command({
  usage: '[OPTIONS] CONTAINER [REPOSITORY[:TAG]]',
  about: 'Makes an image of a container, with the files that it has changed.',
  words: [1, 2],
  flags: {
    author: text('who made it', { short: 'a' }),
    change: list(`as in 'CMD ["sh"]'`, { short: 'c' }),
    message: text('for its history', { short: 'm' }),
    pause: toggle('the container stands still meanwhile', { short: 'p', fallback: true }),
  },
  async run({ client, flags, words: [container = '', name] }) {
    const query = {
      container,
      ...nameParts(name),
      comment: flags.message,
      author: flags.author,
      changes: flags.change,
      pause: flags.pause ? undefined : '0',
    };
    const { Id } = await client.json<{ Id: string }>('POST', '/commit', { query, body: {} });
    print(`${Id}\n`);
  },
});
