/** `search`: images of a registry, as far as it tells. */
import { listing, type Listing, type Row } from '../format/listing.ts';
import { command, one } from './command.ts';
import { CommandFailure } from './failure.ts';
import { integer } from './flags.ts';
import { print } from './print.ts';
import { filter, filtersOf, format, noTrunc } from './shared-flags.ts';
import { ellipsis } from './shorten.ts';

interface Found {
  readonly name: string;
  readonly description: string;
  readonly star_count: number;
  readonly is_official: boolean;
  readonly is_automated?: boolean;
}

export const verb = command({
  usage: '[OPTIONS] TERM',
  about: 'Looks for images in a registry: in Docker’s, or in one that is named in front.',
  words: one,
  flags: { filter: filter('f'), format, limit: integer('at most so many'), 'no-trunc': noTrunc },
  examples: [['search localhost:5000/app', 'in a registry on this machine']],
  async run({ client, flags, words: [term = ''] }) {
    const { limit = 0 } = flags;
    if (limit < 0 || limit > 100) throw new CommandFailure(`invalid limit ${limit}: must be 1 to 100`);
    const query = { term, limit: limit || undefined, ...filtersOf(flags.filter) };
    const found = await client.json<Found[]>('GET', '/images/search', { query });
    const rows = [...found].sort((a, b) => b.star_count - a.star_count).map((image) => rowOf(image, flags['no-trunc']));
    print(listing(rows, list, flags));
  },
});

const list: Listing = {
  type: 'formatter.searchContext',
  headings: {
    Name: 'NAME',
    Description: 'DESCRIPTION',
    StarCount: 'STARS',
    IsOfficial: 'OFFICIAL',
    IsAutomated: 'AUTOMATED',
  },
  columns: ['Name', 'Description', 'StarCount', 'IsOfficial'],
};

const LONGEST = 45;

function rowOf(
  { name, description, star_count: stars, is_official: isOfficial, is_automated: isAutomated }: Found,
  isWhole: boolean,
): Row {
  const text = description.replace(/[\r\n]/g, ' ');
  return {
    Name: name,
    Description: isWhole ? text : ellipsis(text, LONGEST),
    StarCount: String(stars),
    IsOfficial: isOfficial ? '[OK]' : '',
    IsAutomated: isAutomated ? '[OK]' : '',
  };
}
