/** `system prune`: containers, networks, volumes, images and what is left of builds, as far as nobody would miss them. */
import { humanSize } from '../format/units.ts';
import { command, none } from './command.ts';
import { agrees } from './confirm.ts';
import { CommandFailure } from './failure.ts';
import { toggle } from './flags.ts';
import { print } from './print.ts';
import { prune, type Kind } from './pruned.ts';
import { filtersOf, force, pruneFilter } from './shared-flags.ts';

export const verb = command({
  usage: '[OPTIONS]',
  about: 'Removes what nobody would miss: containers that do not run, networks, images, and on request volumes.',
  words: none,
  flags: {
    all: toggle('all images that no container stands on', { short: 'a' }),
    filter: pruneFilter('label', 'label!', 'until'),
    force: force('do not ask'),
    volumes: toggle('also volumes without a name'),
  },
  async run({ client, flags }) {
    if (flags.volumes && flags.filter.some((word) => word.startsWith('until')))
      throw new CommandFailure('ERROR: The "until" filter is not supported with "--volumes"');
    const victims = victimsOf(flags.all, flags.volumes);
    const list = [...victims, ...(flags.filter.length > 0 ? [`\n  Items to be pruned will be filtered with:`] : [])];
    const warning = ['WARNING! This will remove:', ...list.map(listed), ...flags.filter.map(listed), ''].join('\n');
    if (!flags.force && !(await agrees(warning))) return;
    const kinds: Kind[] = [
      'containers',
      'networks',
      ...(flags.volumes ? (['volumes'] as const) : []),
      'images',
      'build',
    ];
    let total = 0;
    for (const kind of kinds) {
      const more = kind === 'images' ? { dangling: String(!flags.all) } : undefined;
      const { text, bytes } = await prune(client, kind, filtersOf(flags.filter, more));
      print(text);
      total += bytes;
    }
    print(`Total reclaimed space: ${humanSize(total, 4)}\n`);
  },
});

const listed = (what: string): string => (what.startsWith('\n') ? what : `  - ${what}`);

function victimsOf(all: boolean, volumes: boolean): string[] {
  return [
    'all stopped containers',
    'all networks not used by at least one container',
    ...(volumes ? ['all anonymous volumes not used by at least one container'] : []),
    all ? 'all images without at least one container associated to them' : 'all dangling images',
    all ? 'all build cache' : 'unused build cache',
  ];
}
