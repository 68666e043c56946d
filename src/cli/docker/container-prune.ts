/** `container prune`: the containers that do not run go. */
import { humanSize } from '../format/units.ts';
import { command, none } from './command.ts';
import { agrees } from './confirm.ts';
import { print } from './print.ts';
import { prune } from './pruned.ts';
import { filtersOf, force, pruneFilter } from './shared-flags.ts';

export const verb = command({
  usage: '[OPTIONS]',
  about: 'Removes all containers that do not run.',
  words: none,
  flags: { filter: pruneFilter('label', 'label!', 'until'), force: force('do not ask') },
  async run({ client, flags }) {
    if (!flags.force && !(await agrees('WARNING! This will remove all stopped containers.'))) return;
    const { text, bytes } = await prune(client, 'containers', filtersOf(flags.filter));
    print(`${text}Total reclaimed space: ${humanSize(bytes, 4)}\n`);
  },
});
