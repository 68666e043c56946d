/** `rename`: another name for a container. */
import { command } from './command.ts';
import { sentenceOf } from './each.ts';
import { CommandFailure } from './failure.ts';

export const verb = command({
  usage: 'CONTAINER NEW_NAME',
  about: 'Gives a container another name.',
  words: [2, 2],
  flags: {},
  async run({ client, words }) {
    const [from = '', to = ''] = words.map((word) => word.trim());
    if (from === '' || to === '') throw new CommandFailure('Error: Neither old nor new names may be empty');
    try {
      await client.done('POST', `/containers/${encodeURIComponent(from)}/rename`, { query: { name: to } });
    } catch (error) {
      const sentence = `${sentenceOf(error)}\nError: failed to rename container named ${from}`;
      throw new CommandFailure(sentence, 1, error);
    }
  },
});
