/** `builder prune`: what builds have kept for the next one goes. */
import { humanSize } from '../format/units.ts';
import { command, none } from './command.ts';
import { agrees } from './confirm.ts';
import { toggle, value } from './flags.ts';
import { print } from './print.ts';
import { prune } from './pruned.ts';
import { filtersOf, force, pruneFilter } from './shared-flags.ts';
import { bytes } from './values.ts';

export const verb = command({
  usage: '[OPTIONS]',
  about: 'Removes states of builds that no image with a name was made of.',
  words: none,
  flags: {
    all: toggle('also the folders of RUN --mount=type=cache', { short: 'a' }),
    filter: pruneFilter('label', 'label!', 'until'),
    force: force('do not ask'),
    'keep-storage': value('not there: the engine says so', 'bytes', bytes, { isHidden: true }),
  },
  async run({ client, flags }) {
    const warning = `WARNING! This will remove all ${flags.all ? '' : 'dangling '}build cache.`;
    if (!flags.force && !(await agrees(warning))) return;
    const query = { ...filtersOf(flags.filter), all: flags.all, 'keep-storage': flags['keep-storage'] || undefined };
    const { text, bytes } = await prune(client, 'build', query);
    print(`${text}Total reclaimed space: ${humanSize(bytes, 4)}\n`);
  },
});
