/** `rmi`: names go, and with the last one the image. */
import type { CommandModule } from 'yargs';
import { removeImage } from '../../images/remove.ts';
import { eachOf } from './each.ts';
import { print, storeOptions, withStore, type StoreOptions } from './open.ts';

interface Options extends StoreOptions {
  images: string[];
  force?: boolean;
  noPrune?: boolean;
  json?: boolean;
}

export const verb: CommandModule<object, Options> = {
  command: 'rmi <images..>',
  describe: 'Removes names of images, and images that have none left.',
  builder: (yargs) =>
    yargs
      .positional('images', { type: 'string', array: true, demandOption: true, describe: 'names or ids' })
      .option('force', { alias: 'f', type: 'boolean', describe: 'all names of an id; also beneath a container' })
      .option('no-prune', { type: 'boolean', describe: 'keep the nameless ones that it was made of' })
      .option('json', { type: 'boolean', describe: 'what went, as JSON' })
      .options(storeOptions)
      .example('$0 rmi lab:mine', 'one name less'),
  handler: (argv) =>
    withStore('rmi', argv, (store) =>
      eachOf(argv.images, async (name) => {
        const removed = await removeImage(store, name, argv);
        if (argv.json) return print(`${JSON.stringify(removed)}\n`);
        for (const one of removed) for (const [what, which] of Object.entries(one)) print(`${what}: ${which}\n`);
      }),
    ),
};
