/** `network prune`: the networks that no container is in go. They take no place on the disk. */
import { command, none } from './command.ts';
import { agrees } from './confirm.ts';
import { print } from './print.ts';
import { prune } from './pruned.ts';
import { filtersOf, force, pruneFilter } from './shared-flags.ts';

export const verb = command({
  usage: '[OPTIONS]',
  about: 'Removes networks that no container is in.',
  words: none,
  flags: { filter: pruneFilter('label', 'label!', 'until'), force: force('do not ask') },
  async run({ client, flags }) {
    const warning = 'WARNING! This will remove all custom networks not used by at least one container.';
    if (!flags.force && !(await agrees(warning))) return;
    print((await prune(client, 'networks', filtersOf(flags.filter))).text);
  },
});
