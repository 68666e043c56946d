/** `history`: how an image came to be, the last step first. */
import type { CommandModule } from 'yargs';
import { historyOf, type HistoryItem } from '../../images/history.ts';
import { listing, type Listing, type Row } from '../format/listing.ts';
import { ago, humanSize } from '../format/units.ts';
import { print, storeOptions, withStore, type StoreOptions } from './open.ts';

interface Options extends StoreOptions {
  image: string;
  format?: string;
  human: boolean;
  quiet?: boolean;
  noTrunc?: boolean;
  json?: boolean;
}

export const verb: CommandModule<object, Options> = {
  command: 'history <image>',
  describe: 'Shows the steps in which an image was made.',
  builder: (yargs) =>
    yargs
      .positional('image', { type: 'string', demandOption: true, describe: 'a name or an id' })
      .option('format', { type: 'string', requiresArg: true, describe: "table, json, or as in '{{.CreatedBy}}'" })
      .option('human', { alias: 'H', type: 'boolean', default: true, describe: 'sizes and ages for people' })
      .option('quiet', { alias: 'q', type: 'boolean', describe: 'ids only' })
      .option('no-trunc', { type: 'boolean', describe: 'whole ids and commands' })
      .option('json', { type: 'boolean', describe: 'a line of JSON for each' })
      .options(storeOptions)
      .example('$0 history lab', 'one step'),
  handler: (argv) =>
    withStore('history', argv, async (store) => {
      const rows = (await historyOf(store, argv.image)).map((item) => rowOf(item, argv));
      print(listing(rows, list, argv));
    }),
};

const list: Listing = {
  headings: {
    ID: 'IMAGE',
    CreatedSince: 'CREATED',
    CreatedAt: 'CREATED AT',
    CreatedBy: 'CREATED BY',
    Size: 'SIZE',
    Comment: 'COMMENT',
  },
  columns: ['ID', 'CreatedSince', 'CreatedBy', 'Size', 'Comment'],
  quiet: 'ID',
};

const LONGEST = 45;

function rowOf(item: HistoryItem, { noTrunc, human }: Options): Row {
  const by = item.CreatedBy.replaceAll('\t', ' ');
  const at = new Date(item.Created * 1000).toISOString().replace(/\.\d+Z/, 'Z');
  return {
    ID: noTrunc || item.Id === '<missing>' ? item.Id : item.Id.slice('sha256:'.length).slice(0, 12),
    CreatedSince: human ? ago(item.Created) : at,
    CreatedAt: at,
    CreatedBy: noTrunc || by.length <= LONGEST ? by : `${by.slice(0, LONGEST - 1)}…`,
    Size: human ? humanSize(item.Size) : String(item.Size),
    Comment: item.Comment,
  };
}
