/** `tag`: a further name for an image. */
import { familiarRepository, parseReference, withDefaultTag } from '../../registry/reference.ts';
import { command } from './command.ts';
import { CommandFailure } from './failure.ts';

export const verb = command({
  usage: 'SOURCE_IMAGE[:TAG] TARGET_IMAGE[:TAG]',
  about: 'Gives an image a further name.',
  words: [2, 2],
  flags: {},
  examples: [['tag lab lab:mine', 'one image, two names']],
  async run({ client, words: [source = '', target = ''] }) {
    const { repo, tag } = partsOf(target);
    await client.done('POST', `/images/${encodeURIComponent(source)}/tag`, { query: { repo, tag } });
  },
});

function partsOf(target: string): { repo: string; tag?: string } {
  let reference;
  try {
    reference = withDefaultTag(parseReference(target));
  } catch (error) {
    const reason = (error as Error).message.replace(/^'[^']*': /, '');
    throw new CommandFailure(
      `Error parsing reference: ${JSON.stringify(target)} is not a valid repository/tag: ${reason}`,
      1,
      error,
    );
  }
  if (reference.digest) throw new CommandFailure('refusing to create a tag with a digest reference');
  return { repo: familiarRepository(reference), tag: reference.tag };
}
