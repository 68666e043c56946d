/** `system df`: what takes how much of the disk, and how much of it nobody would miss. */
import type { ContainerSummary, ImageSummary, Volume } from '../../client/types.ts';
import { listing, type Listing, type Row } from '../format/listing.ts';
import { ago, humanSize } from '../format/units.ts';
import { command, none } from './command.ts';
import { CommandFailure } from './failure.ts';
import { toggle } from './flags.ts';
import { imageRows, imageUse } from './images.ts';
import { print } from './print.ts';
import { containerUse, rowOf as containerRow } from './ps.ts';
import { format } from './shared-flags.ts';
import { volumeRow, volumeUse } from './volume-ls.ts';

interface Cache {
  readonly ID: string;
  readonly Type: string;
  readonly Size: number;
  readonly InUse: boolean;
  readonly Shared: boolean;
  readonly CreatedAt: string;
  readonly LastUsedAt?: string | null;
  readonly UsageCount: number;
}

interface Usage {
  readonly LayersSize?: number;
  readonly Images?: readonly ImageSummary[] | null;
  readonly Containers?: readonly ContainerSummary[] | null;
  readonly Volumes?: readonly Volume[] | null;
  readonly BuildCache?: readonly Cache[] | null;
}

export const verb = command({
  usage: '[OPTIONS]',
  about: 'Shows what takes how much of the disk.',
  words: none,
  flags: { format, verbose: toggle('everything by name', { short: 'v' }) },
  async run({ client, flags }) {
    const usage = await client.json<Usage>('GET', '/system/df');
    if (!flags.verbose) return print(listing(summary(usage), list, flags));
    if (flags.format === '') return print(everything(usage));
    if (flags.format === 'json') return print(everythingJson(usage));
    throw new CommandFailure('system df --verbose --format: only json is taken here');
  },
});

const list: Listing = {
  type: 'formatter.diskUsageImagesContext',
  headings: { Type: 'TYPE', TotalCount: 'TOTAL', Active: 'ACTIVE', Size: 'SIZE', Reclaimable: 'RECLAIMABLE' },
  columns: ['Type', 'TotalCount', 'Active', 'Size', 'Reclaimable'],
};

function summary(usage: Usage): Row[] {
  const { LayersSize: layers = 0 } = usage;
  const [images, containers] = [usage.Images ?? [], usage.Containers ?? []];
  const [volumes, cache] = [usage.Volumes ?? [], usage.BuildCache ?? []];
  const used = images.filter(({ Containers = 0 }) => Containers > 0);
  const running = containers.filter(({ State }) => ['running', 'paused', 'restarting'].includes(State));
  const linked = volumes.filter(({ UsageData }) => (UsageData?.RefCount ?? 0) > 0);
  const written = total(containers.map(({ SizeRw = 0 }) => SizeRw));
  const kept = total(running.map(({ SizeRw = 0 }) => SizeRw));
  const inVolumes = sizesOf(volumes);
  const cached = total(cache.filter(({ Shared }) => !Shared).map(({ Size }) => Size));
  return [
    row('Images', images.length, used.length, layers, layers - total(used.map(ownSize)), layers > 0),
    row('Containers', containers.length, running.length, written, written - kept, written > 0),
    row('Local Volumes', volumes.length, linked.length, inVolumes, inVolumes - sizesOf(linked), inVolumes > 0),
    row('Build Cache', cache.length, cache.filter(({ InUse }) => InUse).length, cached, cached, false),
  ];
}

/** What goes when the image goes: all of it but what others share. */
const ownSize = ({ Size, SharedSize = 0 }: ImageSummary): number => (SharedSize < 0 ? Size : Size - SharedSize);
const sizesOf = (volumes: readonly Volume[]): number =>
  total(volumes.map(({ UsageData }) => Math.max(UsageData?.Size ?? 0, 0)));
const total = (numbers: readonly number[]): number => numbers.reduce((sum, one) => sum + one, 0);

function row(type: string, count: number, active: number, size: number, free: number, hasShare: boolean): Row {
  const share = hasShare ? ` (${Math.trunc((free / size) * 100)}%)` : '';
  return {
    Active: String(active),
    Reclaimable: `${humanSize(free, 4)}${share}`,
    Size: humanSize(size, 4),
    TotalCount: String(count),
    Type: type,
  };
}

const cacheUse: Listing = {
  type: 'formatter.buildCacheContext',
  headings: {
    ID: 'CACHE ID',
    CacheType: 'CACHE TYPE',
    Size: 'SIZE',
    CreatedSince: 'CREATED',
    LastUsedSince: 'LAST USED',
    UsageCount: 'USAGE',
    Shared: 'SHARED',
  },
  columns: ['ID', 'CacheType', 'Size', 'CreatedSince', 'LastUsedSince', 'UsageCount', 'Shared'],
};

function cacheRow({ ID, Type, Size, Shared, CreatedAt, LastUsedAt, UsageCount }: Cache): Row {
  const since = (moment: string): string => ago(Date.parse(moment) / 1000);
  return {
    ID: ID.replace('sha256:', '').slice(0, 12),
    CacheType: Type,
    Size: humanSize(Size, 4),
    CreatedSince: since(CreatedAt),
    LastUsedSince: LastUsedAt ? since(LastUsedAt) : '',
    UsageCount: String(UsageCount),
    Shared: String(Shared),
  };
}

function rowsOf(usage: Usage, noTrunc = false): { images: Row[]; containers: Row[]; volumes: Row[] } {
  return {
    images: (usage.Images ?? []).flatMap((image) => imageRows(image, { noTrunc })),
    containers: (usage.Containers ?? []).map((container) => ({
      ...containerRow(container, !noTrunc),
      Size: humanSize(container.SizeRw ?? 0),
    })),
    volumes: (usage.Volumes ?? []).map(volumeRow),
  };
}

function everything(usage: Usage): string {
  const { images, containers, volumes } = rowsOf(usage);
  return [
    `Images space usage:\n\n${listing(images, imageUse, {})}`,
    `Containers space usage:\n\n${listing(containers, containerUse, {})}`,
    `Local Volumes space usage:\n\n${listing(volumes, volumeUse, {})}`,
    `Build cache usage: ${humanSize(total((usage.BuildCache ?? []).map(({ Size }) => Size)), 4)}\n\n${listing((usage.BuildCache ?? []).map(cacheRow), cacheUse, {})}`,
  ].join('\n');
}

function everythingJson(usage: Usage): string {
  const { images: Images, containers: Containers, volumes: Volumes } = rowsOf(usage, true);
  return `${JSON.stringify({ Images, Containers, Volumes, BuildCache: usage.BuildCache ?? [] })}\n`;
}
