/** `create`: a container, up to its start. */
import { command, some } from './command.ts';
import { containerFlags } from './container-flags.ts';
import { requestOf } from './container-request.ts';
import { createContainer } from './create-container.ts';
import { withHelp } from './failure.ts';
import { print } from './print.ts';

export const verb = command({
  usage: '[OPTIONS] IMAGE [COMMAND] [ARG...]',
  about: 'Makes a container, and does not start it.',
  words: some,
  stopsAtWord: true,
  flags: containerFlags,
  async run({ client, flags, given, words }) {
    print(`${await createContainer(client, asked(words, flags, given), flags)}\n`);
  },
});

function asked(...wanted: Parameters<typeof requestOf>): ReturnType<typeof requestOf> {
  try {
    return requestOf(...wanted);
  } catch (error) {
    throw withHelp(error, 'drydock create', () => 125);
  }
}
