/** `create`: a container, up to its start. */
import { command, some } from './command.ts';
import { containerFlags } from './container-flags.ts';
import { requestOf } from './container-request.ts';
import { createContainer } from './create-container.ts';
import { print } from './print.ts';

export const verb = command({
  usage: '[OPTIONS] IMAGE [COMMAND] [ARG...]',
  about: 'Makes a container, and does not start it.',
  words: some,
  stopsAtWord: true,
  flags: containerFlags,
  async run({ client, flags, given, words }) {
    const request = requestOf(words, flags, given);
    print(`${await createContainer(client, request, flags)}\n`);
  },
});
