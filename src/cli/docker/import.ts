/** `import`: an image out of an archive of files: of a file, of standard input, or from an address. */
import type { Readable } from 'node:stream';
import type { Progress } from '../../client/types.ts';
import { messages } from '../../client/messages.ts';
import { command } from './command.ts';
import { CommandFailure } from './failure.ts';
import { list, text } from './flags.ts';
import { nameParts } from './image-name.ts';
import { openFile } from './open-file.ts';
import { print } from './print.ts';

export const verb = command({
  usage: '[OPTIONS] file|URL|- [REPOSITORY[:TAG]]',
  about: 'Makes an image out of an archive of files.',
  words: [1, Infinity],
  flags: {
    change: list(`as in 'CMD ["sh"]'`, { short: 'c' }),
    message: text('for its history', { short: 'm' }),
    platform: text('as in linux/arm64, if not the engine’s'),
  },
  examples: [['import tree.tar.gz team/tree:1', 'its files, and nothing else']],
  async run({ client, flags, words: [source = '', name] }) {
    const isAddress = /^https?:\/\//.test(source);
    const body = isAddress ? undefined : await archive(source);
    const query = {
      fromSrc: isAddress ? source : '-',
      ...nameParts(name),
      message: flags.message,
      changes: flags.change,
      platform: flags.platform,
    };
    const stream = await client.stream('POST', '/images/create', {
      query,
      body,
      headers: { 'Content-Type': 'text/plain' },
    });
    for await (const { status, error } of messages<Progress>(stream)) {
      if (error !== undefined) throw new CommandFailure(error);
      if (status !== undefined) print(`${status}\n`);
    }
  },
});

async function archive(source: string): Promise<Readable> {
  return source === '-' ? process.stdin : openFile(source);
}
