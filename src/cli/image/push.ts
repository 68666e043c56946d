/** `push`: an image to a registry, in Docker's words. */
import type { CommandModule } from 'yargs';
import { DrydockError } from '../../errors.ts';
import { push } from '../../images/push.ts';
import { parseReference, repositoryName, withDefaultTag, type Reference } from '../../registry/reference.ts';
import type { Store } from '../../images/images.ts';
import { print, storeOptions, withStore, type StoreOptions } from './open.ts';
import { progressOn } from '../format/progress.ts';

interface Options extends StoreOptions {
  name: string;
  allTags?: boolean;
  quiet?: boolean;
  json?: boolean;
  plain?: boolean;
}

export const verb: CommandModule<object, Options> = {
  command: 'push <name>',
  describe: 'Sends an image to the registry that its name begins with.',
  builder: (yargs) =>
    yargs
      .positional('name', { type: 'string', demandOption: true, describe: 'a name that the image has here' })
      .option('all-tags', { alias: 'a', type: 'boolean', describe: 'every tag that the repository has here' })
      .option('quiet', { alias: 'q', type: 'boolean', describe: 'only the name, at the end' })
      .option('json', { type: 'boolean', describe: 'each message as JSON' })
      .options(storeOptions)
      .example('$0 push localhost:5000/app', 'to a registry on this machine'),
  handler: (argv) =>
    withStore('push', argv, async (store) => {
      const asked = parseReference(argv.name);
      const onProgress = progressOn(process.stdout, argv);
      if (!argv.allTags && !asked.tag && !asked.digest && !argv.json && !argv.quiet)
        print('Using default tag: latest\n');
      const references = argv.allTags ? tagsHere(store, asked) : [withDefaultTag(asked)];
      for (const reference of references) await push(store, reference, { onProgress });
      if (argv.quiet) print(`${references.map((one) => `${repositoryName(one)}:${one.tag}\n`).join('')}`);
    }),
};

function tagsHere(store: Store, asked: Reference): Reference[] {
  if (asked.tag ?? asked.digest)
    throw new DrydockError('BAD_USAGE', "tag can't be used with --all-tags/-a", { hint: 'leave one of them out' });
  const all = Object.keys(store.db.read().tags).map(parseReference);
  const here = all.filter((one) => repositoryName(one) === repositoryName(asked));
  if (here.length > 0) return here;
  throw new DrydockError('IMAGE_MISSING', `An image does not exist locally with the tag: ${repositoryName(asked)}`, {
    hint: '`drydock images` lists what is here',
  });
}
