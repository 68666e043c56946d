/** `volume prune`: the volumes that no container has go. Before API 1.42 these are all of them, named ones too. */
import { humanSize } from '../format/units.ts';
import { command, none } from './command.ts';
import { agrees } from './confirm.ts';
import { print } from './print.ts';
import { prune } from './pruned.ts';
import { filtersOf, force, pruneFilter } from './shared-flags.ts';

export const verb = command({
  usage: '[OPTIONS]',
  about: 'Removes volumes that no container has.',
  words: none,
  flags: { filter: pruneFilter('label', 'label!'), force: force('do not ask') },
  async run({ client, flags }) {
    if (
      !flags.force &&
      !(await agrees('WARNING! This will remove all local volumes not used by at least one container.'))
    )
      return;
    const { text, bytes } = await prune(client, 'volumes', filtersOf(flags.filter));
    print(`${text}Total reclaimed space: ${humanSize(bytes, 4)}\n`);
  },
});
