/** `volume ls`: the volumes, by name. */
import type { Volume } from '../../client/types.ts';
import { listing, type Listing, type Row } from '../format/listing.ts';
import { humanSize } from '../format/units.ts';
import { command, none } from './command.ts';
import { print } from './print.ts';
import { filter, filtersOf, format, quiet } from './shared-flags.ts';
import { labelOf, labelText } from './shorten.ts';

export const verb = command({
  usage: '[OPTIONS]',
  about: 'Lists the volumes.',
  words: none,
  flags: { filter: filter('f'), format, quiet: quiet('names only') },
  async run({ client, flags }) {
    const { Volumes } = await client.json<{ Volumes: Volume[] | null }>('GET', '/volumes', {
      query: filtersOf(flags.filter),
    });
    const rows = [...(Volumes ?? [])].sort((a, b) => naturally(a.Name, b.Name)).map(volumeRow);
    print(listing(rows, list, flags));
  },
});

const headings = {
  Name: 'VOLUME NAME',
  Driver: 'DRIVER',
  Mountpoint: 'MOUNTPOINT',
  Scope: 'SCOPE',
  Labels: 'LABELS',
  Links: 'LINKS',
  Size: 'SIZE',
  Availability: 'AVAILABILITY',
  Group: 'GROUP',
  Status: 'STATUS',
};
const type = 'formatter.volumeContext';
const list: Listing = { type, headings, columns: ['Driver', 'Name'], quiet: 'Name' };

/** As `system df -v` tells it. */
export const volumeUse: Listing = { type, headings, columns: ['Name', 'Links', 'Size'] };

export function volumeRow(volume: Volume): Row {
  const { UsageData: use } = volume;
  return {
    Availability: 'N/A',
    Driver: volume.Driver,
    Group: 'N/A',
    Label: labelOf(volume.Labels),
    Labels: labelText(volume.Labels),
    Links: use ? String(use.RefCount) : 'N/A',
    Mountpoint: volume.Mountpoint,
    Name: volume.Name,
    Scope: volume.Scope,
    Size: use ? humanSize(use.Size, 4) : 'N/A',
    Status: 'N/A',
  };
}

/** As people count: `v2` comes before `v10`. */
export function naturally(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true }) || (a < b ? -1 : 1);
}
