/**
 * Where a container's cgroups are, from `linux.cgroupsPath`: a path, or systemd's `slice:prefix:name`, which is mapped to
 * the directories that systemd would make for it (systemd.slice(5): `a-b.slice` lies in `a.slice`).
 */
import { posix } from 'node:path';
import { DrydockError } from '../errors.ts';

/** Above the cgroups of containers that say nothing of their place. Ours by its name, whoever was the first to need it. */
export const SHARED = '/drydock';

/** The path below the mount point of a hierarchy, beginning with `/`. Throws SPEC_INVALID. */
export function cgroupPath(path: string): string {
  const [, slice, prefix, name] = /^([^/:]*):([^/:]*):([^/:]+)$/.exec(path) ?? [];
  if (name !== undefined) return `${slicePath(slice || 'system.slice', path)}/${unitName(prefix!, name)}`;
  if (path.split('/').includes('..')) throw invalid(path, "must not contain '..'");
  const normal = posix.normalize(`/${path}`).replace(/(?<=.)\/$/, '');
  if (normal === '/') throw invalid(path, 'is the cgroup of the whole machine');
  if (normal === SHARED) throw invalid(path, 'is the one above those of other containers, who would end with this one');
  return normal;
}

function unitName(prefix: string, name: string): string {
  if (name.endsWith('.slice')) return name;
  return `${prefix === '' ? name : `${prefix}-${name}`}.scope`;
}

function slicePath(slice: string, whole: string): string {
  if (slice === '-.slice') return '';
  const parts = slice.replace(/\.slice$/, '').split('-');
  if (!slice.endsWith('.slice') || parts.includes('')) throw invalid(whole, `names no slice: '${slice}'`);
  return parts.map((_, index) => `/${parts.slice(0, index + 1).join('-')}.slice`).join('');
}

function invalid(path: string, what: string): DrydockError {
  return new DrydockError('SPEC_INVALID', `linux.cgroupsPath '${path}' ${what}`, {
    isolator: 'cgroups',
    hint: "a path like '/drydock/box', or system.slice:drydock:box, or none: then it is made of the container's id",
  });
}
