/**
 * Which directory the container's process sees as `/`.
 *
 *   rootfs   opens the directory, as a mount of its own when there is a mount namespace
 *   chroot   makes it the root of the process: what is outside has no name any more, but is still mounted, and a
 *            process with an open directory out there can walk back (chroot(2), NOTES)
 *   pivot    takes chroot's place: swaps the whole mount tree and unmounts the old one, so nothing is left to walk
 *            back to (pivot_root(2))
 */
import { realpathSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { DrydockError } from '../../errors.ts';
import { MNT_DETACH, MS_BIND, MS_REC, MS_SLAVE, O_DIRECTORY, O_PATH } from '../../linux/constants.ts';
import type { Isolator } from '../isolator.ts';
import { isNew } from '../namespaces.ts';
import { slot } from '../plan.ts';

export const rootfs: Isolator<string> = {
  name: 'rootfs',
  summary: 'a directory that becomes its /',
  phase: 'mounts',
  claim: ({ root }, { bundle }) => checkedRoot(resolve(bundle, root.path)),
  steps(plan, { spec, mode, stack }, root) {
    if (mode === 'exec') return;
    if (stack.has('mounts') && isNew(spec, 'mount')) {
      plan.mount(null, '/', null, MS_REC | MS_SLAVE, null).because('no mount of ours may appear on the host');
      plan.mount(root, root, null, MS_BIND | MS_REC, null).because('pivot_root wants a mount, not a directory');
    }
    plan.open_root(root).into('root').because('every later target is looked up below this descriptor');
  },
};

export const chroot: Isolator = {
  name: 'chroot',
  summary: 'paths start at that directory',
  requires: ['rootfs'],
  phase: 'pivot',
  steps(plan) {
    plan.fchdir(slot('root')).because('chroot does not move the process: without this, `..` leads out');
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

function checkedRoot(path: string): string {
  let real: string;
  try {
    real = realpathSync(path);
    if (!statSync(real).isDirectory())
      throw new DrydockError('ROOTFS_INVALID', `the root file system ${path} is not a directory`, {
        isolator: 'rootfs',
      });
  } catch (cause) {
    if (cause instanceof DrydockError) throw cause;
    throw new DrydockError(
      'ROOTFS_INVALID',
      `the root file system ${path} cannot be used: ${(cause as Error).message}`,
      {
        isolator: 'rootfs',
        cause,
        hint: 'root.path in config.json is a directory, absolute or relative to the bundle',
      },
    );
  }
  if (real === '/')
    throw new DrydockError('ROOTFS_INVALID', 'the root file system would be the host’s own /', {
      isolator: 'rootfs',
      hint: 'name a directory that holds the container’s files',
    });
  return real;
}
