/** `load`: images out of an archive that `save`, Docker, podman or skopeo has written. */
import { command, none } from './command.ts';
import { CommandFailure } from './failure.ts';
import { list, text } from './flags.ts';
import { openFile } from './open-file.ts';
import { isTerminal } from '../terminal.ts';
import { quiet } from './shared-flags.ts';
import { showProgress } from './show-progress.ts';

export const verb = command({
  usage: '[OPTIONS]',
  about: 'Reads images from an archive.',
  words: none,
  flags: {
    input: text('a file, in place of standard input', { short: 'i' }),
    platform: list('taken for the sake of scripts', { kind: 'string', isHidden: true }),
    quiet: quiet('no progress'),
  },
  examples: [['load -i lab.tar', 'what save has written']],
  async run({ client, flags }) {
    if (flags.input === '' && isTerminal(0)) throw new CommandFailure('requested load from stdin, but stdin is empty');
    const body = flags.input === '' ? process.stdin : await openFile(flags.input);
    // Bars are for whoever looks on; elsewhere the names alone.
    const query = { quiet: flags.quiet || !isTerminal(1) };
    await showProgress(await client.stream('POST', '/images/load', { query, body }));
  },
});
