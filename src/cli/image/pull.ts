/** `pull`: an image from a registry, in Docker's words. */
import type { CommandModule } from 'yargs';
import { parsePlatform } from '../../images/platform.ts';
import { pull, pullAll } from '../../images/pull.ts';
import { DrydockError } from '../../errors.ts';
import { parseReference, printReference, withDefaultTag } from '../../registry/reference.ts';
import { print, storeOptions, withStore, type StoreOptions } from './open.ts';
import { progressOn } from '../format/progress.ts';

interface Options extends StoreOptions {
  name: string;
  allTags?: boolean;
  platform?: string;
  quiet?: boolean;
  json?: boolean;
  plain?: boolean;
}

export const verb: CommandModule<object, Options> = {
  command: 'pull <name>',
  describe: 'Fetches an image from a registry.',
  builder: (yargs) =>
    yargs
      .positional('name', {
        type: 'string',
        demandOption: true,
        describe: 'busybox, localhost:5000/app:1.0, app@sha256:…',
      })
      .option('all-tags', { alias: 'a', type: 'boolean', describe: 'every tag of the repository' })
      .option('platform', { type: 'string', requiresArg: true, describe: 'as in linux/arm64, if not this machine’s' })
      .option('quiet', { alias: 'q', type: 'boolean', describe: 'only the name, at the end' })
      .option('json', { type: 'boolean', describe: 'each message as JSON' })
      .options(storeOptions)
      .example('$0 pull busybox', 'docker.io/library/busybox:latest')
      .example('$0 pull localhost:5000/app', 'from a registry on this machine'),
  handler: (argv) =>
    withStore('pull', argv, async (store) => {
      const asked = parseReference(argv.name);
      if (argv.allTags && (asked.tag ?? asked.digest))
        throw new DrydockError('BAD_USAGE', "tag can't be used with --all-tags/-a", { hint: 'leave one of them out' });
      const reference = argv.allTags ? asked : withDefaultTag(asked);
      const isTold = !argv.json && !argv.quiet;
      if (isTold && !argv.allTags && !asked.tag && !asked.digest) print(`Using default tag: ${reference.tag}\n`);
      const onProgress = progressOn(process.stdout, argv);
      const platform = argv.platform === undefined ? undefined : parsePlatform(argv.platform);
      await (argv.allTags ? pullAll : pull)(store, reference, { platform, onProgress });
      if (!argv.json) print(`${printReference(reference)}\n`);
    }),
};
