/** `image inspect`: everything about images. */
import { command, some } from './command.ts';
import { text } from './flags.ts';
import { inspectAll } from './inspecting.ts';
import { templateOf } from './shared-flags.ts';

export const verb = command({
  usage: '[OPTIONS] IMAGE [IMAGE...]',
  about: 'Shows everything that the engine knows about images.',
  words: some,
  flags: { format: templateOf, platform: text('taken for the sake of scripts', { isHidden: true }) },
  run: ({ client, flags, words }) =>
    inspectAll(words, flags.format, (name) => client.text('GET', `/images/${encodeURIComponent(name)}/json`)),
});
