/**
 * Which directory the container's process sees as `/`.
 *
 *   rootfs   opens the directory, as a mount of its own when there is a mount namespace
 *   chroot   makes it the root of the process: what is outside has no name any more, but is still mounted, and a
 *            process with an open directory out there can walk back (chroot(2), NOTES). In a mount namespace of its
 *            own the directory is moved over `/` first: then there is nothing above it to walk to
 *   pivot    takes chroot's place: swaps the whole mount tree and unmounts the old one, so nothing is left to walk
 *            back to (pivot_root(2))
 */
import { realpathSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { DrydockError } from '../../errors.ts';
import { MNT_DETACH, MS_BIND, MS_MOVE, MS_REC, MS_SLAVE, O_DIRECTORY, O_PATH } from '../../linux/constants.ts';
import { EINVAL, ENOENT, EPERM } from '../../linux/errno.ts';
import type { Isolator } from '../isolator.ts';
import { isNew } from '../namespaces.ts';
import { slot, type Plan } from '../plan.ts';
import type { Spec } from '../spec.ts';

export const rootfs: Isolator<string> = {
  name: 'rootfs',
  summary: 'a directory that becomes its /',
  phase: 'mounts',
  claim: ({ root }, { bundle }) => checkedRoot(resolve(bundle, root.path)),
  steps(plan, { spec, mode, stack }, root) {
    if (mode === 'exec') return;
    if (hasOwnMounts(spec, stack)) makePrivate(plan, root);
    plan.open_root(root).into('root').because('every later target is looked up below this descriptor');
  },
};

/**
 * A new mount namespace starts as a copy of the host's. Where the host's mounts are shared, as systemd makes them, the
 * copies stay tied: what is mounted on one side appears on the other (mount_namespaces(7), "Shared subtrees").
 */
export function makePrivate(plan: Plan, root: string): void {
  plan.mount(null, '/', null, MS_REC | MS_SLAVE, null).because('no mount of ours may appear on the host');
  plan.mount(root, root, null, MS_BIND | MS_REC, null).because('pivot_root wants a mount, not a directory');
}

export const chroot: Isolator = {
  name: 'chroot',
  summary: 'paths start at that directory',
  requires: ['rootfs'],
  phase: 'pivot',
  steps(plan, { spec, mode, stack }) {
    plan.fchdir(slot('root')).because('chroot does not move the process: without this, `..` leads out');
    if (mode === 'create' && hasOwnMounts(spec, stack)) coverHost(plan);
    plan.chroot('.').because('from here on / is the container’s');
  },
};

export const pivot: Isolator = {
  name: 'pivot',
  summary: 'the host’s mounts are gone, not hidden',
  requires: ['rootfs', 'mounts'],
  replaces: 'chroot',
  phase: 'pivot',
  steps(plan, { mode }) {
    if (mode === 'exec') return;
    plan
      .open('/', O_PATH | O_DIRECTORY)
      .into('old-root')
      .because('the way back, for three more steps');
    plan.fchdir(slot('root')).because('`.` is the new root now');
    plan.pivot_root('.', '.').because('the new root goes below the old one: no directory for it is needed');
    plan.fchdir(slot('old-root')).because('to unmount what lies on top');
    plan.mount(null, '.', null, MS_SLAVE | MS_REC, null).because('or the unmounting would reach the host');
    plan.umount2('.', MNT_DETACH).because('the host’s whole tree goes');
    plan.chdir('/').because('into the only root that is left');
  },
};

function hasOwnMounts(spec: Spec, stack: ReadonlySet<string>): boolean {
  return stack.has('mounts') && isNew(spec, 'mount');
}

// As runc has it for --no-pivot. The host's procfs and sysfs go: while one of them is mounted anywhere, root of a user
// namespace may mount it anew (mount_namespaces(7)).
function coverHost(plan: Plan): void {
  for (const path of ['/proc', '/sys'])
    plan.umount2(path, MNT_DETACH).tolerate(EINVAL, ENOENT, EPERM).because('the host’s, not to be found again');
  plan.mount('.', '/', null, MS_MOVE, null).because('`..` ends at what lies on top');
}

/** The real folder, without links and `..`. Throws ROOTFS_INVALID: a container whose root is `/` would be none. */
export function checkedRoot(path: string): string {
  let real: string;
  try {
    real = realpathSync(path);
  } catch (cause) {
    throw notRoot(path, (cause as Error).message, cause);
  }
  if (!statSync(real, { throwIfNoEntry: false })?.isDirectory()) throw notRoot(path, 'it is not a directory');
  if (real === '/') throw notRoot(path, 'it is the host’s own /');
  return real;
}

function notRoot(path: string, why: string, cause?: unknown): DrydockError {
  return new DrydockError('ROOTFS_INVALID', `the root file system ${path} cannot be used: ${why}`, {
    isolator: 'rootfs',
    hint: 'root.path in config.json is a directory with the container’s files, absolute or relative to the bundle',
    cause,
  });
}
