/** `tag`: a further name for an image. */
import type { CommandModule } from 'yargs';
import { tagImage } from '../../images/tag.ts';
import { ensureLab, isLab } from '../../engine/lab.ts';
import { storeOptions, withStore, type StoreOptions } from './open.ts';

interface Options extends StoreOptions {
  source: string;
  target: string;
}

export const verb: CommandModule<object, Options> = {
  command: 'tag <source> <target>',
  describe: 'Gives an image a further name.',
  builder: (yargs) =>
    yargs
      .positional('source', { type: 'string', demandOption: true, describe: 'a name or an id' })
      .positional('target', {
        type: 'string',
        demandOption: true,
        describe: 'the new name; it is taken from whoever has it',
      })
      .options(storeOptions)
      .example('$0 tag lab lab:mine', 'one image, two names'),
  handler: (argv) =>
    withStore('tag', argv, async (store) => {
      if (isLab(argv.source)) await ensureLab(store);
      await tagImage(store, argv.source, argv.target);
    }),
};
