/** `search`: what a registry has, where it tells. */
import type { CommandModule } from 'yargs';
import { flagOf, parseFilters } from '../../images/filters.ts';
import { search } from '../../registry/search.ts';
import type { SearchResult } from '../../registry/registry.ts';
import { listing, type Listing, type Row } from '../format/listing.ts';
import { print } from './open.ts';

interface Options {
  term: string;
  filter?: string[];
  format?: string;
  limit: number;
  noTrunc?: boolean;
  json?: boolean;
}

const filters = ['stars', 'is-official', 'is-automated'];

export const verb: CommandModule<object, Options> = {
  command: 'search <term>',
  describe: 'Looks for images in a registry: in Docker’s, or in one that is named in front.',
  builder: (yargs) =>
    yargs
      .positional('term', { type: 'string', demandOption: true, describe: 'busybox, localhost:5000/app' })
      .option('filter', {
        alias: 'f',
        type: 'string',
        array: true,
        nargs: 1,
        describe: `KEY=VALUE: ${filters.join(', ')}`,
      })
      .option('format', { type: 'string', requiresArg: true, describe: "table, json, or as in '{{.Name}}'" })
      .option('limit', { type: 'number', requiresArg: true, default: 25, describe: 'at most so many' })
      .option('no-trunc', { type: 'boolean', describe: 'whole descriptions' })
      .option('json', { type: 'boolean', describe: 'a line of JSON for each' })
      .example('$0 search localhost:5000/app', 'in a registry on this machine'),
  handler: async (argv) => {
    const wanted = parseFilters(argv.filter ?? [], filters);
    const [official, automated] = [flagOf(wanted, 'is-official'), flagOf(wanted, 'is-automated')];
    const stars = Number(wanted.stars?.at(-1) ?? 0);
    const found = await search(argv.term, { limit: argv.limit });
    const rows = found
      .filter((one) => one.stars >= stars)
      .filter((one) => official === undefined || one.isOfficial === official)
      .filter((one) => automated === undefined || one.isAutomated === automated)
      .map((one) => rowOf(one, argv.noTrunc ?? false));
    print(listing(rows, list, argv));
  },
};

const list: Listing = {
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

function rowOf({ name, description, stars, isOfficial, isAutomated }: SearchResult, isWhole: boolean): Row {
  const text = description.replace(/\s+/g, ' ');
  return {
    Name: name,
    Description: isWhole || text.length <= LONGEST ? text : `${text.slice(0, LONGEST - 1)}…`,
    StarCount: String(stars),
    IsOfficial: isOfficial ? '[OK]' : '',
    IsAutomated: isAutomated ? '[OK]' : '',
  };
}
