/** `volume inspect`: everything about volumes. */
import { command, some } from './command.ts';
import { inspectAll } from './inspecting.ts';
import { templateOf } from './shared-flags.ts';

export const verb = command({
  usage: '[OPTIONS] VOLUME [VOLUME...]',
  about: 'Shows everything that the engine knows about volumes.',
  words: some,
  flags: { format: templateOf },
  run: ({ client, flags, words }) =>
    inspectAll(words, flags.format, (name) => client.text('GET', `/volumes/${encodeURIComponent(name)}`)),
});
