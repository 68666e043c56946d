/** `ps`: the containers, those that run or all of them. */
import type { ContainerSummary } from '../../client/types.ts';
import { listing, struct, type Listing, type Row } from '../format/listing.ts';
import { blaming } from '../format/template/errors.ts';
import { template } from '../format/template.ts';
import { ago, goTime, humanSize } from '../format/units.ts';
import { command, none } from './command.ts';
import { integer, toggle } from './flags.ts';
import { portText } from './port-text.ts';
import { print, warn } from './print.ts';
import { filter, filtersOf, format, noTrunc, quiet } from './shared-flags.ts';
import { ellipsis, labelOf, labelText, quoted, shortId } from './shorten.ts';

export const verb = command({
  usage: '[OPTIONS]',
  about: 'Lists the containers that run, or all of them.',
  words: none,
  flags: {
    all: toggle('also those that do not run', { short: 'a' }),
    filter: filter('f'),
    format,
    last: integer('the last so many, running or not', { short: 'n' }),
    latest: toggle('the last one, running or not', { short: 'l' }),
    'no-trunc': noTrunc,
    quiet: quiet('ids only'),
    size: toggle('how much each has written', { short: 's' }),
  },
  async run({ client, flags }) {
    check(flags.format);
    const limit = flags.latest && !flags.last ? 1 : flags.last;
    const size = flags.size || (!flags.quiet && /\.Size\b|\bjson \.[ |)}]/.test(flags.format));
    const query = { all: flags.all, limit: limit === -1 ? undefined : limit, size, ...filtersOf(flags.filter) };
    const containers = await client.json<ContainerSummary[]>('GET', '/containers/json', { query });
    const rows = containers.map((one) => rowOf(one, !flags['no-trunc']));
    const isAsked = flags.quiet && flags.format !== '';
    if (isAsked) warn('WARNING: Ignoring custom format, because both --format and --quiet are set.\n');
    print(listing(rows, flags.size ? withSizes : usual, isAsked ? { quiet: true } : flags));
  },
});

/** Docker's client fills the template with nobody first, to see whether sizes are wanted. */
function check(format: string): void {
  const fill = blaming('failed to parse template', () => template(format));
  const nobody = rowOf(
    { Id: '', Names: [], Image: '', ImageID: '', Command: '', Created: 0, State: '', Status: '' },
    true,
  );
  blaming('failed to execute template', () => fill(struct(nobody, usual)));
}

const usual: Listing = {
  type: 'formatter.ContainerContext',
  headings: {
    ID: 'CONTAINER ID',
    Image: 'IMAGE',
    Command: 'COMMAND',
    CreatedAt: 'CREATED AT',
    RunningFor: 'CREATED',
    Status: 'STATUS',
    State: 'STATE',
    Ports: 'PORTS',
    Names: 'NAMES',
    Size: 'SIZE',
    Labels: 'LABELS',
    Mounts: 'MOUNTS',
    LocalVolumes: 'LOCAL VOLUMES',
    Networks: 'NETWORKS',
    Platform: 'PLATFORM',
  },
  columns: ['ID', 'Image', 'Command', 'RunningFor', 'Status', 'Ports', 'Names'],
  quiet: 'ID',
};
const withSizes: Listing = { ...usual, columns: [...usual.columns, 'Size'] };

/** As `system df -v` tells it. */
export const containerUse: Listing = {
  ...usual,
  columns: ['ID', 'Image', 'Command', 'LocalVolumes', 'Size', 'RunningFor', 'Status', 'Names'],
};

export function rowOf(container: ContainerSummary, isShort: boolean): Row {
  const { Mounts = [] } = container;
  const cut = (text: string, width: number): string => (isShort ? ellipsis(text, width) : text);
  return {
    Command: quoted(cut(container.Command, 20)),
    CreatedAt: goTime(container.Created),
    ID: isShort ? shortId(container.Id) : container.Id,
    Image: imageOf(container, isShort),
    Label: labelOf(container.Labels),
    Labels: labelText(container.Labels),
    LocalVolumes: String(Mounts.filter(({ Driver }) => Driver === 'local').length),
    Mounts: Mounts.map(({ Name, Source }) => cut(Name || Source, 15)).join(','),
    Names: namesOf(container, isShort),
    Networks: Object.keys(container.NetworkSettings?.Networks ?? {}).join(','),
    Platform: null,
    Ports: portText(container.Ports ?? []),
    RunningFor: ago(container.Created),
    Size: sizeOf(container),
    State: container.State,
    Status: container.Status,
  };
}

/** An image that is only known by its digest is shown by a part of it. */
function imageOf({ Image, ImageID }: ContainerSummary, isShort: boolean): string {
  if (!isShort) return Image || '<no image>';
  if (Image === '') return '<no image>';
  return shortId(ImageID) === shortId(Image) ? shortId(ImageID) : Image.replace(/@sha256:[0-9a-f]{64}$/, '');
}

/** Names that others have given by `--link` have a slash in them; in short they are left out. */
function namesOf({ Names }: ContainerSummary, isShort: boolean): string {
  const names = Names.map((name) => name.replace(/^\//, ''));
  return isShort ? (names.find((name) => !name.includes('/')) ?? '') : names.join(',');
}

function sizeOf({ SizeRw = 0, SizeRootFs = 0 }: ContainerSummary): string {
  return SizeRootFs > 0 ? `${humanSize(SizeRw)} (virtual ${humanSize(SizeRootFs)})` : humanSize(SizeRw);
}
