/**
 * A container's mounts as lines of its OCI config, those nearer to the root first: what lies in another mount comes after
 * it.
 */
import { features } from '../../linux/features.ts';
import type { Mount } from '../../runtime/config.ts';
import type { HostConfig, MountPoint, MountRequest } from '../types.ts';
import { clean } from './wishes.ts';

type Asked = Pick<HostConfig, 'Mounts' | 'Tmpfs'>;

export function linesOf(points: readonly MountPoint[], asked: Asked): Mount[] {
  const lines = points.map((point) => lineOf(point, requestAt(asked, point.Destination)));
  const tmpfs = Object.entries(asked.Tmpfs ?? {}).map(([place, text]) => tmpfsLine(clean(place), text.split(',')));
  const depth = ({ destination }: Mount): number => destination.split('/').length;
  return [...lines, ...tmpfs].sort((a, b) => depth(a) - depth(b));
}

/** What `--mount` said of a place, if it did. */
export function requestAt({ Mounts = [] }: Asked, destination: string): MountRequest | undefined {
  return Mounts.find(({ Target }) => clean(Target) === destination);
}

/** A mount below a read-only one was writable in Docker before 25, and is where the kernel cannot change whole trees (5.12). */
function lineOf({ Type, Source, Destination, RW, Propagation }: MountPoint, request?: MountRequest): Mount {
  if (Type === 'tmpfs') return tmpfsLine(Destination, tmpfsWords(request));
  const { NonRecursive, ReadOnlyNonRecursive } = request?.BindOptions ?? {};
  const readOnly = features().mountSetattr && !ReadOnlyNonRecursive ? 'rro' : 'ro';
  const options = [NonRecursive ? 'bind' : 'rbind', RW ? 'rw' : readOnly, Propagation || 'rprivate'];
  return { destination: Destination, type: 'bind', source: Source, options };
}

/** Nothing in it is executed, is a device or gives rights, unless that is said. */
function tmpfsLine(destination: string, words: readonly string[]): Mount {
  return {
    destination,
    type: 'tmpfs',
    source: 'tmpfs',
    options: ['nosuid', 'nodev', 'noexec', ...words.filter(Boolean)],
  };
}

function tmpfsWords({ TmpfsOptions = {}, ReadOnly }: Partial<MountRequest> = {}): string[] {
  const { SizeBytes = 0, Mode = 0 } = TmpfsOptions;
  return [
    ...(ReadOnly ? ['ro'] : []),
    ...(Mode ? [`mode=${Mode.toString(8)}`] : []),
    ...(SizeBytes > 0 ? [`size=${SizeBytes}`] : []),
  ];
}
