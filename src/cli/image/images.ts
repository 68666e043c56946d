/** `images`: what is here, as Docker lists it. */
import type { CommandModule } from 'yargs';
import { imageFilters, listImages, type ImageSummary } from '../../images/list.ts';
import { parseFilters } from '../../images/filters.ts';
import { familiarRepository, parseReference } from '../../registry/reference.ts';
import { listing, type Listing, type Row } from '../format/listing.ts';
import { ago, humanSize } from '../format/units.ts';
import { print, storeOptions, withStore, type StoreOptions } from './open.ts';

interface Options extends StoreOptions {
  reference?: string;
  all?: boolean;
  digests?: boolean;
  filter?: string[];
  format?: string;
  quiet?: boolean;
  noTrunc?: boolean;
  json?: boolean;
}

export const verb: CommandModule<object, Options> = {
  command: 'images [reference]',
  describe: 'Lists the images that are here.',
  builder: (yargs) =>
    yargs
      .positional('reference', { type: 'string', describe: 'only this name, or a pattern: busybox, *:1.*' })
      .option('all', { alias: 'a', type: 'boolean', describe: 'steps of builds, too' })
      .option('digests', { type: 'boolean', describe: 'with the digests that registries have' })
      .option('filter', {
        alias: 'f',
        type: 'string',
        array: true,
        nargs: 1,
        describe: `KEY=VALUE: ${imageFilters.join(', ')}`,
      })
      .option('format', { type: 'string', requiresArg: true, describe: "table, json, or as in '{{.ID}} {{.Size}}'" })
      .option('quiet', { alias: 'q', type: 'boolean', describe: 'ids only' })
      .option('no-trunc', { type: 'boolean', describe: 'whole ids' })
      .option('json', { type: 'boolean', describe: 'a line of JSON for each' })
      .options(storeOptions)
      .example('$0 images', 'names, ids, ages, sizes')
      .example('$0 images -q --filter dangling=true', 'what nobody would miss'),
  handler: (argv) =>
    withStore('images', argv, async (store) => {
      const filters = parseFilters(argv.filter ?? [], imageFilters);
      const wanted = argv.reference === undefined ? filters : { ...filters, reference: [argv.reference] };
      const images = await listImages(store, { all: argv.all, filters: wanted });
      const rows = images.flatMap((image) => rowsOf(image, argv));
      print(listing(rows, argv.digests ? withDigests : usual, argv));
    }),
};

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
const usual: Listing = { headings, columns: ['Repository', 'Tag', 'ID', 'CreatedSince', 'Size'], quiet: 'ID' };
const withDigests: Listing = { ...usual, columns: ['Repository', 'Tag', 'Digest', 'ID', 'CreatedSince', 'Size'] };

const NONE = '<none>';

/** A row for each name; with --quiet one for each image, as Docker has it. */
function rowsOf(image: ImageSummary, { noTrunc, digests, quiet }: Options): Row[] {
  const id = noTrunc ? image.Id : image.Id.slice('sha256:'.length, 'sha256:'.length + 12);
  const size = humanSize(image.Size);
  const common = {
    ID: id,
    CreatedSince: ago(image.Created),
    CreatedAt: new Date(image.Created * 1000)
      .toISOString()
      .replace('T', ' ')
      .replace(/\.\d+Z/, ' +0000 UTC'),
    Size: size,
    VirtualSize: size,
    Containers: 'N/A',
    SharedSize: 'N/A',
    UniqueSize: 'N/A',
  };
  const names = namesOf(image, digests ?? false);
  return (quiet ? names.slice(0, 1) : names).map((name) => ({ ...common, ...name }));
}

function namesOf({ RepoTags, RepoDigests }: ImageSummary, digests: boolean): Row[] {
  const repository = (name: string): string => familiarRepository(parseReference(name));
  const digestOf = (name: string): string => name.slice(name.indexOf('@') + 1);
  const tagged = RepoTags.flatMap((name) => {
    const { tag } = parseReference(name);
    const row = { Repository: repository(name), Tag: tag ?? NONE };
    const known = RepoDigests.filter((digest) => repository(digest) === row.Repository).map(digestOf);
    return (digests && known.length ? known : [NONE]).map((Digest) => ({ ...row, Digest }));
  });
  if (tagged.length > 0) return tagged;
  const bare = RepoDigests.map((name) => ({ Repository: repository(name), Tag: NONE, Digest: digestOf(name) }));
  return bare.length > 0 ? bare : [{ Repository: NONE, Tag: NONE, Digest: NONE }];
}
