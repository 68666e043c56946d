/** `network disconnect`: a container leaves a network. */
import { command } from './command.ts';
import { force } from './shared-flags.ts';

export const verb = command({
  usage: '[OPTIONS] NETWORK CONTAINER',
  about: 'Takes a container out of a network.',
  words: [2, 2],
  flags: { force: force('also when the container is not there any more') },
  async run({ client, flags, words: [network = '', Container] }) {
    const body = { Container, Force: flags.force };
    await client.done('POST', `/networks/${encodeURIComponent(network)}/disconnect`, { body });
  },
});
