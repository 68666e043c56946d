/** `save`: images as an archive, on standard output or into a file. */
import { command, some } from './command.ts';
import { list, text } from './flags.ts';
import { writeOut } from './write-out.ts';

export const verb = command({
  usage: '[OPTIONS] IMAGE [IMAGE...]',
  about: 'Writes images into one archive, which Docker and the OCI tools read, too.',
  words: some,
  onlyPrints: true,
  flags: {
    output: text('a file, in place of standard output', { short: 'o' }),
    platform: list('taken for the sake of scripts', { kind: 'string', isHidden: true }),
  },
  examples: [['save -o lab.tar lab', 'into a file']],
  run: ({ client, flags, words }) =>
    writeOut(flags.output, 'save', () => client.stream('GET', '/images/get', { query: { names: words } })),
});
