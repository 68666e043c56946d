/** `push`: an image to the registry that its name begins with. */
import { familiarRepository, printReference, withDefaultTag } from '../../registry/reference.ts';
import { command, one } from './command.ts';
import { CommandFailure } from './failure.ts';
import { text, toggle } from './flags.ts';
import { referenceOf } from './image-name.ts';
import { print } from './print.ts';
import { registryAuth } from './registry-auth.ts';
import { quiet, trust } from './shared-flags.ts';
import { showProgress } from './show-progress.ts';

export const verb = command({
  usage: '[OPTIONS] NAME[:TAG]',
  about: 'Sends an image to the registry that its name begins with.',
  words: one,
  flags: {
    'all-tags': toggle('every tag that the repository has here', { short: 'a' }),
    'disable-content-trust': trust,
    platform: text('taken for the sake of scripts', { isHidden: true }),
    quiet: quiet('only the name, at the end'),
  },
  examples: [['push localhost:5000/app', 'to a registry on this machine']],
  async run({ client, flags, words: [name = ''] }) {
    const asked = referenceOf(name);
    const allTags = flags['all-tags'];
    if (allTags && (asked.tag ?? asked.digest)) throw new CommandFailure("tag can't be used with --all-tags/-a");
    const reference = allTags ? asked : withDefaultTag(asked);
    if (!allTags && !asked.tag && !asked.digest && !flags.quiet) print(`Using default tag: ${reference.tag}\n`);
    const path = `/images/${familiarRepository(reference)}/push`;
    const headers = await registryAuth(reference.domain);
    const stream = await client.stream('POST', path, { query: { tag: reference.tag }, headers });
    await showProgress(stream, { quiet: flags.quiet });
    if (flags.quiet) print(`${printReference(reference)}\n`);
  },
});
