/** `import`: an image out of an archive of files: of a file, of standard input, or from an address. */
import type { CommandModule } from 'yargs';
import { importImage } from '../../images/import.ts';
import { parsePlatform } from '../../images/platform.ts';
import { tagName } from '../../images/tag.ts';
import { print, storeOptions, withStore, type StoreOptions } from './open.ts';
import { fromAddress, fromFile } from './source.ts';

interface Options extends StoreOptions {
  source: string;
  name?: string;
  change?: string[];
  message?: string;
  platform?: string;
  json?: boolean;
}

export const verb: CommandModule<object, Options> = {
  command: 'import <source> [name]',
  describe: 'Makes an image out of an archive of files.',
  builder: (yargs) =>
    yargs
      .positional('source', {
        type: 'string',
        demandOption: true,
        describe: 'a file, - for standard input, or http://…',
      })
      .positional('name', { type: 'string', describe: 'what to call it' })
      .option('change', { alias: 'c', type: 'string', array: true, nargs: 1, describe: `as in 'CMD ["sh"]'` })
      .option('message', { alias: 'm', type: 'string', requiresArg: true, describe: 'for its history' })
      .option('platform', { type: 'string', requiresArg: true, describe: 'if not this machine’s' })
      .option('json', { type: 'boolean', describe: 'the id as JSON' })
      .options(storeOptions)
      .example('$0 import tree.tar.gz team/tree:1', 'its files, and nothing else'),
  handler: (argv) =>
    withStore('import', argv, async (store) => {
      const tags = argv.name === undefined ? [] : [tagName(argv.name)];
      const platform = argv.platform === undefined ? undefined : parsePlatform(argv.platform);
      const message = argv.message ?? `Imported from ${argv.source || '-'}`;
      const id = await importImage(store, await sourceOf(argv.source), {
        tags,
        changes: argv.change,
        message,
        platform,
      });
      print(argv.json ? `${JSON.stringify({ status: id })}\n` : `${id}\n`);
    }),
};

function sourceOf(source: string): AsyncIterable<Uint8Array> | Promise<AsyncIterable<Uint8Array>> {
  // yargs makes an empty text of a dash that stands alone.
  if (source === '-' || source === '') return process.stdin;
  return /^https?:\/\//.test(source) ? fromAddress(source) : fromFile(source);
}
