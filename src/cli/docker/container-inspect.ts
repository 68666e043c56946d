/** `container inspect`: everything about containers. */
import { command, some } from './command.ts';
import { inspectAll } from './inspecting.ts';
import { sizes } from './inspect.ts';
import { templateOf } from './shared-flags.ts';

export const verb = command({
  usage: '[OPTIONS] CONTAINER [CONTAINER...]',
  about: 'Shows everything that the engine knows about containers.',
  words: some,
  flags: { format: templateOf, size: sizes },
  run: ({ client, flags, words }) =>
    inspectAll(words, flags.format, (name) =>
      client.text('GET', `/containers/${encodeURIComponent(name)}/json`, { query: { size: flags.size } }),
    ),
});
