/** `load`: images out of an archive that `save`, Docker, podman or skopeo has written. */
import type { CommandModule } from 'yargs';
import { DrydockError } from '../../errors.ts';
import { loadImages } from '../../images/load.ts';
import { isTerminal } from '../terminal.ts';
import { storeOptions, withStore, type StoreOptions } from './open.ts';
import { progressOn } from '../format/progress.ts';
import { fromFile } from './source.ts';

interface Options extends StoreOptions {
  input?: string;
  quiet?: boolean;
  json?: boolean;
  plain?: boolean;
}

export const verb: CommandModule<object, Options> = {
  command: 'load',
  describe: 'Reads images from an archive.',
  builder: (yargs) =>
    yargs
      .option('input', {
        alias: 'i',
        type: 'string',
        requiresArg: true,
        describe: 'a file, in place of standard input',
      })
      .option('quiet', { alias: 'q', type: 'boolean', describe: 'no progress' })
      .option('json', { type: 'boolean', describe: 'each message as JSON' })
      .options(storeOptions)
      .example('$0 load -i lab.tar', 'what save has written'),
  handler: (argv) =>
    withStore('load', argv, async (store) => {
      if (argv.input === undefined && isTerminal(0))
        throw new DrydockError('BAD_USAGE', 'requested load from stdin, but stdin is empty', { hint: 'use -i FILE' });
      const show = progressOn(process.stdout, { json: argv.json, plain: argv.plain });
      // As Docker: bars where somebody looks on, elsewhere the names alone.
      const isBrief = !argv.json && (argv.quiet || argv.plain || !isTerminal(1));
      const onProgress: typeof show = (message) => {
        if (!isBrief || message.stream !== undefined) show(message);
      };
      await loadImages(store, argv.input === undefined ? process.stdin : await fromFile(argv.input), { onProgress });
    }),
};
