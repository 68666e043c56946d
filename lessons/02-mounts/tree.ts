/** What mountinfo says about a container's mounts: what has leaked, what is left, why a pivot was refused. */
import { ENOENT, errorName } from '../../src/linux/errno.ts';
import type { DrydockError } from '../../src/errors.ts';
import { mountAt, mountContaining, type Mount } from '../../src/linux/mountinfo.ts';

/** Mounts of `now` that were not there before. */
export function added(before: readonly Mount[], now: readonly Mount[]): Mount[] {
  return now.filter(({ id }) => !before.some((mount) => mount.id === id));
}

/** `a, b and 5 more`. */
export function named(mounts: readonly Mount[], limit = 2): string {
  const paths = [...new Set(mounts.map(({ mountPoint }) => mountPoint))];
  const rest = paths.length - limit;
  return paths.slice(0, limit).join(', ') + (rest > 0 ? ` and ${rest} more` : '');
}

/** `shared`, `slave`, `private`: as findmnt(8) has it. */
export function propagationOf({ tags }: Mount): string {
  const words = [tags.shared && 'shared', tags.master && 'slave', tags.unbindable && 'unbindable'].filter(Boolean);
  return words.join(',') || 'private';
}

/** Mounts of the host that a mountinfo has at their old places. Cgroups are the host's by right. */
export function hostsIn(mounts: readonly Mount[], host: readonly Mount[]): Mount[] {
  const own = (one: Mount): string => `${one.device} ${one.root} ${one.mountPoint}`;
  const theirs = new Set(host.filter(({ type }) => !type.startsWith('cgroup')).map(own));
  return mounts.filter((one) => theirs.has(own(one)));
}

/** A step that was refused, as the learner reads it. */
export function refusedText({ step, call, args = [], errno }: DrydockError): string {
  const shown = args.map((arg) =>
    typeof arg === 'object' && arg && 'fd' in arg ? String(arg.fd) : JSON.stringify(arg),
  );
  return `step ${step}  ${call}(${shown.join(', ')})${errno === undefined ? '' : ` = ${errorName(errno)}`}`;
}

export interface Why {
  /** What mountinfo says. */
  readonly kernel: string;
  readonly wanted: string;
  /** The mount to look at. */
  readonly path: string;
  readonly reason: 'not moved' | 'plain' | 'shared' | 'parent shared' | 'missing' | 'other';
}

/**
 * Why pivot_root(2) was refused: the mounts as they were right before the call tell, the errno does not. EBUSY and
 * EINVAL both stand for a plain directory (on the root's own mount, on another one), EINVAL for a shared mount too.
 */
export function whyRefused(mounts: readonly Mount[], newRoot: string, { args, errno }: DrydockError): Why {
  const own = mountAt(newRoot, mounts);
  const around = own ? mounts.find(({ id }) => id === own.parent) : mountContaining(newRoot, mounts);
  const private_ = 'private or slave            (pivot_root(2), EINVAL)';
  if (newRoot === '/')
    return {
      path: '/',
      reason: 'not moved',
      kernel: 'the process stands in /, its old root',
      wanted: 'in the new one',
    };
  if (!own)
    return {
      path: newRoot,
      reason: 'plain',
      kernel: `${newRoot} is a plain directory on the mount ${around?.mountPoint}`,
      wanted: 'a mount: the directory, bound on itself',
    };
  if (own.tags.shared)
    return {
      path: newRoot,
      reason: 'shared',
      kernel: `${newRoot} is a mount point, but propagation is "shared"`,
      wanted: private_,
    };
  if (around?.tags.shared)
    return {
      path: around.mountPoint,
      reason: 'parent shared',
      kernel: `${newRoot} is a mount point, but it lies on ${around.mountPoint}, whose propagation is "shared"`,
      wanted: private_,
    };
  if (errno === ENOENT)
    return {
      path: newRoot,
      reason: 'missing',
      kernel: `${newRoot} is a mount point and may be the new root, but there is no ${JSON.stringify(args?.[1])} in it`,
      wanted: 'a directory in the new root for the old one, or (".", ".")',
    };
  return {
    path: newRoot,
    reason: 'other',
    kernel: `${newRoot} is a mount point, and its propagation is "${propagationOf(own)}"`,
    wanted: 'the old root somewhere below the new one, or at the same place: (".", ".")',
  };
}
