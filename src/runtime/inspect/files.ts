/** What it sees of files: its root, its mounts, what of them is covered or cannot be written. */
import { readdirSync, readlinkSync } from 'node:fs';
import { mountAt, readMountinfo, type Mount } from '../../linux/mountinfo.ts';
import { attempt, fact } from './attempt.ts';
import type { Fact, Subject } from './inspect.ts';

const mountsOf = ({ pid }: Subject): Mount[] => attempt(() => readMountinfo(pid)) ?? [];

export function rootFacts(subject: Subject): Fact[] {
  const root = mountAt('/', mountsOf(subject));
  return [
    ...fact(
      'directory',
      attempt(() => readlinkSync(`/proc/${subject.pid}/root`)),
    ),
    ...fact('file system', root && `${root.type}, ${partOf(root)}`),
  ];
}

const partOf = ({ source, root }: Mount): string => (root === '/' ? source : `${root} of ${source}`);

export function mountFacts(subject: Subject): Fact[] {
  const below = mountsOf(subject).filter(({ mountPoint }) => mountPoint !== '/');
  const shown = below.filter((mount) => !isMask(mount));
  return shown.map((mount) => [mount.mountPoint, `${mount.type} ${mount.options.join(',')}`] as const);
}

export function propagationFacts(subject: Subject): Fact[] {
  const root = mountAt('/', mountsOf(subject));
  if (!root) return [];
  const tags = Object.entries(root.tags).map(([name, peer]) => (peer === true ? name : `${name}:${peer}`));
  return [['/', tags.join(' ') || 'private']];
}

export function readonlyFacts(subject: Subject): Fact[] {
  const root = mountAt('/', mountsOf(subject));
  return root ? [['/', root.options.includes('ro') ? 'read-only' : 'can be written']] : [];
}

export function deviceFacts({ pid }: Subject): Fact[] {
  return fact(
    '/dev',
    attempt(() => readdirSync(`/proc/${pid}/root/dev`).sort().join(' ')),
  );
}

/** Something below /proc or /sys that was laid over a file or directory there. */
function isMask({ mountPoint, type, options }: Mount): boolean {
  const inProc = mountPoint.startsWith('/proc/') || /^\/sys\/(?!fs\/cgroup|kernel\/|fs\/)/.test(mountPoint);
  return mountPoint.startsWith('/sys/firmware') || (inProc && (type !== 'proc' || options.includes('ro')));
}

export function maskFacts(subject: Subject): Fact[] {
  const masks = mountsOf(subject).filter(isMask);
  const readOnly = masks.filter(({ type }) => type === 'proc' || type === 'sysfs');
  const covered = masks.filter((mask) => !readOnly.includes(mask));
  const names = (some: readonly Mount[]): string | undefined =>
    some.length ? some.map(({ mountPoint }) => mountPoint).join(' ') : undefined;
  return [...fact('covered', names(covered)), ...fact('read-only', names(readOnly))];
}
