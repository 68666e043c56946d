/** `image prune`: the images that nobody would miss go. */
import { humanSize } from '../format/units.ts';
import { command, none } from './command.ts';
import { agrees } from './confirm.ts';
import { toggle } from './flags.ts';
import { print } from './print.ts';
import { prune } from './pruned.ts';
import { filtersOf, force, pruneFilter } from './shared-flags.ts';

export const verb = command({
  usage: '[OPTIONS]',
  about: 'Removes images without a name, or all that no container stands on.',
  words: none,
  flags: {
    all: toggle('all images that no container stands on', { short: 'a' }),
    filter: pruneFilter('dangling', 'label', 'label!', 'until'),
    force: force('do not ask'),
  },
  examples: [['image prune --force', 'without a question']],
  async run({ client, flags }) {
    const what = flags.all ? 'all images without at least one container associated to them' : 'all dangling images';
    if (!flags.force && !(await agrees(`WARNING! This will remove ${what}.`))) return;
    const { text, bytes } = await prune(client, 'images', filtersOf(flags.filter, { dangling: String(!flags.all) }));
    print(`${text}Total reclaimed space: ${humanSize(bytes, 4)}\n`);
  },
});
