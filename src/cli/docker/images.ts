/** `images`: what is here, a row for each name. */
import type { ImageSummary } from '../../client/types.ts';
import { familiarRepository, parseReference } from '../../registry/reference.ts';
import { listing, type Listing, type Row } from '../format/listing.ts';
import { ago, goTime, humanSize } from '../format/units.ts';
import { command } from './command.ts';
import { toggle } from './flags.ts';
import { print } from './print.ts';
import { filter, filtersOf, format, noTrunc, quiet } from './shared-flags.ts';
import { shortId } from './shorten.ts';

export const verb = command({
  usage: '[OPTIONS] [REPOSITORY[:TAG]]',
  about: 'Lists the images that are here.',
  words: [0, 1],
  flags: {
    all: toggle('also steps of builds', { short: 'a' }),
    digests: toggle('with the digests that registries have'),
    filter: filter('f'),
    format,
    'no-trunc': noTrunc,
    quiet: quiet('ids only'),
  },
  examples: [
    ['images', 'names, ids, ages, sizes'],
    ['images -q --filter dangling=true', 'what nobody would miss'],
  ],
  async run({ client, flags, words: [reference] }) {
    const filters = filtersOf(flags.filter, reference === undefined ? {} : { reference });
    const images = await client.json<ImageSummary[]>('GET', '/images/json', { query: { all: flags.all, ...filters } });
    const rows = images.flatMap((image) => imageRows(image, { noTrunc: flags['no-trunc'], ...flags }));
    print(listing(rows, flags.digests ? withDigests : usual, flags));
  },
});

const headings = {
  ID: 'IMAGE ID',
  Repository: 'REPOSITORY',
  Tag: 'TAG',
  Digest: 'DIGEST',
  CreatedSince: 'CREATED',
  CreatedAt: 'CREATED AT',
  Size: 'SIZE',
  VirtualSize: 'SIZE',
  Containers: 'CONTAINERS',
  SharedSize: 'SHARED SIZE',
  UniqueSize: 'UNIQUE SIZE',
};
const type = 'formatter.imageContext';
const usual: Listing = { type, headings, columns: ['Repository', 'Tag', 'ID', 'CreatedSince', 'Size'], quiet: 'ID' };
const withDigests: Listing = { ...usual, columns: ['Repository', 'Tag', 'Digest', 'ID', 'CreatedSince', 'Size'] };

/** What is shared and what is its own, as `system df -v` tells it. */
export const imageUse: Listing = {
  type,
  headings,
  columns: ['Repository', 'Tag', 'ID', 'CreatedSince', 'Size', 'SharedSize', 'UniqueSize', 'Containers'],
};

const NONE = '<none>';

interface Wishes {
  readonly noTrunc?: boolean;
  readonly digests?: boolean;
  readonly quiet?: boolean;
}

/** A row for each name; with --quiet one for each image. */
export function imageRows(image: ImageSummary, { noTrunc, digests, quiet: isBrief }: Wishes): Row[] {
  const { SharedSize: shared = -1, Containers: users = -1, Size } = image;
  const common = {
    ID: noTrunc ? image.Id : shortId(image.Id),
    CreatedSince: ago(image.Created),
    CreatedAt: goTime(image.Created),
    Size: humanSize(Size),
    VirtualSize: humanSize(Size, 4),
    Containers: users < 0 ? 'N/A' : String(users),
    SharedSize: shared < 0 ? 'N/A' : humanSize(shared, 4),
    UniqueSize: shared < 0 ? 'N/A' : humanSize(Size - shared, 4),
  };
  const names = namesOf(image, digests ?? false);
  return (isBrief ? names.slice(0, 1) : names).map((name) => ({ ...common, ...name }));
}

function namesOf(image: ImageSummary, digests: boolean): Row[] {
  const tags = (image.RepoTags ?? []).filter((name) => name !== `${NONE}:${NONE}`);
  const known = (image.RepoDigests ?? []).filter((name) => name !== `${NONE}@${NONE}`);
  const repository = (name: string): string => familiarRepository(parseReference(name));
  const digestOf = (name: string): string => name.slice(name.indexOf('@') + 1);
  const tagged = tags.flatMap((name) => {
    const row = { Repository: repository(name), Tag: parseReference(name).tag ?? NONE };
    const own = known.filter((digest) => repository(digest) === row.Repository).map(digestOf);
    return (digests && own.length > 0 ? own : [NONE]).map((Digest) => ({ ...row, Digest }));
  });
  if (tagged.length > 0) return tagged;
  const bare = known.map((name) => ({ Repository: repository(name), Tag: NONE, Digest: digestOf(name) }));
  return bare.length > 0 ? bare : [{ Repository: NONE, Tag: NONE, Digest: NONE }];
}
