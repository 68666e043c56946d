/** `export`: the files of a container as an archive. */
import { command, one } from './command.ts';
import { text } from './flags.ts';
import { writeOut } from './write-out.ts';

export const verb = command({
  usage: '[OPTIONS] CONTAINER',
  about: 'Writes the files of a container as an archive. What lies in volumes is not among them.',
  words: one,
  onlyPrints: true,
  flags: { output: text('a file, in place of standard output', { short: 'o' }) },
  run: ({ client, flags, words: [name = ''] }) =>
    writeOut(flags.output, 'export', () => client.stream('GET', `/containers/${encodeURIComponent(name)}/export`)),
});
