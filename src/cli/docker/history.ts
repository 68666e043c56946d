/** `history`: how an image came to be, the last step first. */
import type { HistoryItem } from '../../client/types.ts';
import { listing, type Listing, type Row } from '../format/listing.ts';
import { ago, humanSize } from '../format/units.ts';
import { command, one } from './command.ts';
import { text, toggle } from './flags.ts';
import { print } from './print.ts';
import { format, noTrunc, quiet } from './shared-flags.ts';
import { ellipsis, shortId } from './shorten.ts';

const flags = {
  format,
  human: toggle('sizes and ages for people', { short: 'H', fallback: true }),
  'no-trunc': noTrunc,
  platform: text('taken for the sake of scripts', { isHidden: true }),
  quiet: quiet('ids only'),
};

export const verb = command({
  usage: '[OPTIONS] IMAGE',
  about: 'Shows the steps in which an image was made.',
  words: one,
  flags,
  examples: [['history lab', 'one step']],
  async run({ client, flags: { human, quiet: isBrief, format: asked, 'no-trunc': isWhole }, words: [name = ''] }) {
    const items = await client.json<HistoryItem[]>('GET', `/images/${encodeURIComponent(name)}/history`);
    const rows = items.map((item) => rowOf(item, human, isWhole));
    print(listing(rows, human ? usual : exact, { format: asked, quiet: isBrief }));
  },
});

const usual: Listing = {
  type: 'image.historyContext',
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
const exact: Listing = { ...usual, headings: { ...usual.headings, CreatedSince: 'CREATED AT' } };

const LONGEST = 45;

function rowOf(item: HistoryItem, human: boolean, isWhole: boolean): Row {
  const by = item.CreatedBy.replaceAll('\t', ' ');
  const at = item.Created <= 0 ? '' : new Date(item.Created * 1000).toISOString().replace(/\.\d+Z/, 'Z');
  return {
    ID: isWhole ? item.Id : item.Id === '<missing>' ? item.Id : shortId(item.Id),
    CreatedSince: human ? ago(item.Created) : at,
    CreatedAt: at,
    CreatedBy: isWhole ? by : ellipsis(by, LONGEST),
    Size: human ? humanSize(item.Size) : String(item.Size),
    Comment: item.Comment,
  };
}
