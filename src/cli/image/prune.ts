/** `image prune`: removes the images that nobody would miss. */
import { createInterface } from 'node:readline/promises';
import type { CommandModule } from 'yargs';
import { parseFilters } from '../../images/filters.ts';
import { pruneFilters, pruneImages } from '../../images/prune.ts';
import { humanSize } from '../format/units.ts';
import { print, storeOptions, withStore, type StoreOptions } from './open.ts';

interface Options extends StoreOptions {
  all?: boolean;
  force?: boolean;
  filter?: string[];
  json?: boolean;
}

export const verb: CommandModule<object, Options> = {
  command: 'prune',
  describe: 'Removes images without a name that no other image needs, and what no image leads to.',
  builder: (yargs) =>
    yargs
      .option('all', { alias: 'a', type: 'boolean', describe: 'all images that no container stands on' })
      .option('force', { alias: 'f', type: 'boolean', describe: 'do not ask' })
      .option('filter', { type: 'string', array: true, nargs: 1, describe: 'KEY=VALUE: until, label, label!' })
      .option('json', { type: 'boolean', describe: 'what went, as JSON' })
      .options(storeOptions)
      .example('$0 image prune --force', 'without a question'),
  handler: async (argv) => {
    const filters = parseFilters(argv.filter ?? [], pruneFilters);
    if (!argv.force && !(await agrees(argv.all ?? false))) return;
    await withStore('image prune', argv, async (store) => {
      const pruned = await pruneImages(store, argv.all ? { ...filters, dangling: ['false'] } : filters);
      if (argv.json) return print(`${JSON.stringify(pruned)}\n`);
      if (pruned.ImagesDeleted.length > 0) print('Deleted Images:\n');
      for (const one of pruned.ImagesDeleted)
        for (const [what, which] of Object.entries(one)) print(`${what.toLowerCase()}: ${which}\n`);
      print(
        `${pruned.ImagesDeleted.length > 0 ? '\n' : ''}Total reclaimed space: ${humanSize(pruned.SpaceReclaimed, 4)}\n`,
      );
    });
  },
};

/** Docker's question; anything but yes is no. */
async function agrees(all: boolean): Promise<boolean> {
  const what = all ? 'all images without at least one container associated to them' : 'all dangling images';
  const asking = createInterface({ input: process.stdin, output: process.stdout });
  try {
    const asked = asking.question(`WARNING! This will remove ${what}.\nAre you sure you want to continue? [y/N] `);
    const closed = new Promise<string>((resolve) => asking.once('close', () => resolve('')));
    return /^y(es)?$/i.test((await Promise.race([asked, closed])).trim());
  } finally {
    asking.close();
  }
}
