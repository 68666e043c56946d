/**
 * The mounts of a container that is being made: where they come from, and which of two wins.
 *
 *     VolumesFrom   everything that another container has, in its order
 *     Binds,        in place of what came from there
 *     Mounts
 *     Volumes       the image's and `-v /place`: an anonymous volume where there is nothing yet
 *
 * As Docker's daemon/volumes.go. What only that container has, its own anonymous volumes too, is made on the way.
 */
import { DrydockError } from '../../errors.ts';
import type { ContainerRecord, MountPoint } from '../types.ts';
import { parseMode } from './modes.ts';
import { defaultPropagation } from './propagation.ts';
import type { VolumeRequest } from './volume.ts';
import { clean, tmpfsPlace, wishesOf, type Wish } from './wishes.ts';

/** What resolving needs of the engine and of volumes. */
export interface Surroundings {
  /** DRYDOCK_ROOT. */
  readonly root: string;
  recordOf(container: string): ContainerRecord;
  /** Makes the volume, or finds it; answers its name and folder. */
  take(request: VolumeRequest): Promise<{ Name: string; Mountpoint: string }>;
}

export interface Resolved {
  readonly point: MountPoint;
  /** A volume that gets the image's files if it is empty. */
  readonly copies: boolean;
}

/** Throws API_INVALID, NO_SUCH_CONTAINER, NO_SUCH_VOLUME, NO_SUCH_DRIVER. */
export async function resolveMounts(record: ContainerRecord, around: Surroundings): Promise<Resolved[]> {
  const { HostConfig, Config } = record;
  const wishes = wishesOf(HostConfig);
  const found = new Map<string, Resolved>();
  for (const text of HostConfig.VolumesFrom ?? [])
    for (const point of pointsFrom(text, around)) {
      if (point.Type === 'volume') await around.take({ Name: point.Name });
      found.set(point.Destination, { point, copies: false });
    }
  for (const wish of wishes) found.set(wish.destination, await resolved(wish, around));
  const covered = new Set(Object.keys(HostConfig.Tmpfs ?? {}).map(tmpfsPlace));
  for (const place of Object.keys(Config.Volumes ?? {}).map(clean)) {
    if (place === '/' || covered.has(place) || found.has(place)) continue;
    const wish: Wish = { type: 'volume', source: '', destination: place, mode: '', isWritable: true, noCopy: false };
    found.set(place, await resolved({ ...wish, driver: HostConfig.VolumeDriver }, around));
  }
  return [...found.values()];
}

/** `CONTAINER[:MODE]`: with `ro` nothing of it can be written to here, otherwise it is as it is there. */
function pointsFrom(text: string, around: Surroundings): MountPoint[] {
  const [container = '', modeText = ''] = text.split(':');
  const mode = parseMode(modeText);
  if (!mode)
    throw new DrydockError('API_INVALID', `invalid mode: ${modeText}`, {
      hint: `--volumes-from ${container}, or --volumes-from ${container}:ro`,
    });
  return around.recordOf(container).Mounts.map((point) => ({
    ...point,
    Mode: modeText || point.Mode,
    RW: point.RW && mode.isWritable,
  }));
}

async function resolved(wish: Wish, around: Surroundings): Promise<Resolved> {
  const { type, source, destination: Destination, mode: Mode, isWritable: RW } = wish;
  if (type === 'tmpfs')
    return { point: { Type: type, Source: '', Destination, Mode, RW, Propagation: '' }, copies: false };
  if (type === 'bind') {
    const Propagation = wish.propagation ?? defaultPropagation(source, around.root);
    return { point: { Type: type, Source: source, Destination, Mode, RW, Propagation }, copies: false };
  }
  const { labels: Labels, driver, options: DriverOpts } = wish;
  const { Name, Mountpoint } = await around.take({ Name: source || undefined, Driver: driver, Labels, DriverOpts });
  const point: MountPoint = {
    ...{ Type: type, Name, Source: Mountpoint, Destination, Driver: 'local' },
    ...{ Mode, RW, Propagation: '' },
  };
  return { point, copies: !wish.noCopy };
}
