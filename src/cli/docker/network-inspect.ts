/** `network inspect`: everything about networks, and who is in them. */
import { command, some } from './command.ts';
import { toggle } from './flags.ts';
import { inspectAll } from './inspecting.ts';
import { templateOf } from './shared-flags.ts';

export const verb = command({
  usage: '[OPTIONS] NETWORK [NETWORK...]',
  about: 'Shows everything that the engine knows about networks.',
  words: some,
  flags: { format: templateOf, verbose: toggle('what helps to find a fault', { short: 'v' }) },
  run: ({ client, flags, words }) =>
    inspectAll(words, flags.format, (name) =>
      client.text('GET', `/networks/${encodeURIComponent(name)}`, { query: { verbose: flags.verbose } }),
    ),
});
