/** `inspect`: everything about images, as JSON or through a template. */
import type { CommandModule } from 'yargs';
import { inspectImage } from '../../images/inspect.ts';
import { template } from '../format/template.ts';
import { eachOf } from './each.ts';
import { print, storeOptions, withStore, type StoreOptions } from './open.ts';

interface Options extends StoreOptions {
  names: string[];
  format?: string;
  type?: string;
}

export const verb: CommandModule<object, Options> = {
  command: 'inspect <names..>',
  describe: 'Shows everything that is known about images.',
  builder: (yargs) =>
    yargs
      .positional('names', { type: 'string', array: true, demandOption: true, describe: 'names or ids' })
      .option('format', { alias: 'f', type: 'string', requiresArg: true, describe: "json, or as in '{{.Config.Env}}'" })
      .option('type', { choices: ['image'], describe: 'of what there is so far' })
      .option('json', { type: 'boolean', describe: 'as it is anyway' })
      .options(storeOptions)
      .example('$0 inspect lab', 'as JSON')
      .example("$0 inspect -f '{{.Id}}' lab", 'one thing of it'),
  handler: (argv) =>
    withStore('inspect', argv, async (store) => {
      const asked = argv.format;
      const fill = asked === undefined || asked === 'json' ? undefined : template(asked);
      const found: unknown[] = [];
      try {
        await eachOf(argv.names, async (name) => void found.push(await inspectImage(store, name)));
      } finally {
        if (fill) print(found.map((one) => `${fill(one)}\n`).join(''));
        else print(`${asked === 'json' ? JSON.stringify(found) : JSON.stringify(found, null, 4)}\n`);
      }
    }),
};
