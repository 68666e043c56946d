/** `pull`: an image from a registry. */
import { printReference, withDefaultTag } from '../../registry/reference.ts';
import { command, one } from './command.ts';
import { CommandFailure } from './failure.ts';
import { fetchFromRegistry } from './fetch-image.ts';
import { text, toggle } from './flags.ts';
import { referenceOf } from './image-name.ts';
import { print } from './print.ts';
import { quiet, trust } from './shared-flags.ts';

export const verb = command({
  usage: '[OPTIONS] NAME[:TAG|@DIGEST]',
  about: 'Fetches an image from a registry.',
  words: one,
  flags: {
    'all-tags': toggle('every tag of the repository', { short: 'a' }),
    'disable-content-trust': trust,
    platform: text('as in linux/arm64, if not the engine’s'),
    quiet: quiet('only the name, at the end'),
  },
  examples: [
    ['pull busybox', 'docker.io/library/busybox:latest'],
    ['pull localhost:5000/app', 'from a registry on this machine'],
  ],
  async run({ client, flags, words: [name = ''] }) {
    const asked = referenceOf(name);
    const allTags = flags['all-tags'];
    if (allTags && (asked.tag ?? asked.digest)) throw new CommandFailure("tag can't be used with --all-tags/-a");
    const reference = allTags ? asked : withDefaultTag(asked);
    if (!allTags && !asked.tag && !asked.digest && !flags.quiet) print(`Using default tag: ${reference.tag}\n`);
    await fetchFromRegistry(client, name, { platform: flags.platform, quiet: flags.quiet, allTags });
    print(`${printReference(reference)}\n`);
  },
});
