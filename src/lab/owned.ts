/**
 * The lab's files for a container whose root is somebody else outside.
 *
 * A file has one owner, and the kernel translates it for whoever looks (user_namespaces(7)). What belongs to 0 outside
 * belongs to nobody in there, and its root could write none of it. So such a container has a copy, in which each file
 * belongs to the outside's number of the same owner. And that root, who is an ordinary user to the folders above, may
 * pass through them; it may list none of them.
 */
import { chmodSync, cpSync, lchownSync, lstatSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DrydockError } from '../errors.ts';
import { outsideId } from '../runtime/remap.ts';
import type { Spec } from '../runtime/spec.ts';

/** Copies a tree for the user namespace of a spec, and opens the way to it from `run` downwards. */
export function copyFor(spec: Spec, from: string, to: string, run: string): void {
  cpSync(from, to, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true });
  giveTo(spec, to);
  let folder = dirname(to);
  for (; folder.startsWith(run); folder = dirname(folder)) chmodSync(folder, (statSync(folder).mode & 0o7777) | 0o011);
  refuseClosed(folder, run);
}

/** What lies above is somebody else's to open. */
function refuseClosed(folder: string, run: string): void {
  if ((statSync(folder).mode & 0o001) === 0)
    throw new DrydockError('ROOTFS_INVALID', `${folder} is closed to others, so to root of a user namespace, too`, {
      isolator: 'lab',
      hint: `chmod o+x ${folder}, or set DRYDOCK_RUN to another folder than ${run}`,
    });
  if (folder !== '/') refuseClosed(dirname(folder), run);
}

function giveTo(spec: Spec, path: string): void {
  const { uid, gid, mode } = lstatSync(path);
  const { uidMappings, gidMappings } = spec.linux ?? {};
  lchownSync(path, outsideId(uid, uidMappings) ?? uid, outsideId(gid, gidMappings) ?? gid);
  const isDirectory = (mode & 0o170000) === 0o040000;
  if (isDirectory) for (const name of readdirSync(path)) giveTo(spec, join(path, name));
}
