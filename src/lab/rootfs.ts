/**
 * A root file system of its own for one container: the lab below, what the container writes on top.
 *
 *     RUN/lab/<id>/          a tmpfs: it holds what the container writes, and goes with its mount
 *                  upper/  work/
 *                  rootfs/   overlay: lowerdir=the lab, upperdir=upper (overlayfs, Linux 3.18)
 *
 * Without overlay the lab is copied into the tmpfs: two megabytes. So it is for a container with a user namespace, because
 * each file has to belong to somebody who exists in there; owned.ts does that.
 *
 * It is an isolator, although it isolates nothing, because it has the same life: what it will take is claimed before it
 * is made, so that whatever crashes, `doctor --repair` finds it by the claim.
 */
import { cpSync, existsSync, mkdirSync, readdirSync, rmdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { DrydockError } from '../errors.ts';
import { isSyscallError } from '../linux/calls.ts';
import { mountFlags, umountFlags } from '../linux/constants.ts';
import { errno } from '../linux/errno.ts';
import { makeFolders } from '../linux/make-folders.ts';
import { native } from '../linux/native.ts';
import type { Isolator } from '../runtime/isolator.ts';
import { isNew } from '../runtime/namespaces.ts';
import { isolators, type AnyIsolator } from '../runtime/isolators/index.ts';
import { stateDir } from '../runtime/state.ts';
import { copyFor } from './owned.ts';

const { MS_NODEV, MS_NOSUID } = mountFlags;
const { MNT_DETACH, UMOUNT_NOFOLLOW } = umountFlags;

/** What a container may write before it meets ENOSPC: a runaway `dd` must not eat the machine's memory. */
const SIZE = '256m';

type Claim = { readonly lower: string; readonly folder: string };

/** Folder of the scratch root file systems; beside the containers' own, whose names are 12 hex digits. */
export function labFolder(run: string): string {
  return join(run, 'lab');
}

/** Where the container with this id will find its root file system. */
export function labRootfsPath(run: string, id: string): string {
  return join(labFolder(run), basename(stateDir(run, id)), 'rootfs');
}

/**
 * Makes the empty directory that will be mounted on: compose looks at it before anything else is made. Throws ID_IN_USE
 * when somebody has one: it is theirs to remove.
 */
export function reserveLabRootfs(run: string, id: string): string {
  const path = labRootfsPath(run, id);
  makeFolders(labFolder(run), 0o700);
  try {
    mkdirSync(dirname(path), { mode: 0o700 });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw cause;
    throw new DrydockError('ID_IN_USE', `a container with the id '${id}' exists`, {
      hint: 'choose another --name; `drydock doctor --repair` removes one that crashed',
      cause,
    });
  }
  mkdirSync(path, { mode: 0o755 });
  return path;
}

/** The isolator to put in front of a stack whose spec has `labRootfsPath` as its root. `lower` is from `labRoot`. */
export function labRootfs(lower: string, run: string): Isolator<Claim> {
  return {
    name: 'lab',
    summary: 'a scratch copy of the lab as its files',
    claim: (_spec, { stateDir: dir }) => ({ lower, folder: join(labFolder(run), basename(dir)) }),
    prepare({ folder }, { features }, spec) {
      const rootfs = join(folder, 'rootfs');
      const [upper, work] = [join(folder, 'upper'), join(folder, 'work')];
      native.mount('tmpfs', folder, 'tmpfs', MS_NOSUID | MS_NODEV, `size=${SIZE},mode=700`);
      for (const part of [upper, work, rootfs]) mkdirSync(part, { mode: 0o755 });
      if (isNew(spec, 'user')) copyFor(spec, lower, rootfs, run);
      else if (features.overlay) native.mount('overlay', rootfs, 'overlay', 0, overlayOptions({ lower, upper, work }));
      else cpSync(lower, rootfs, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true });
    },
    release: ({ folder }) => removeLabRootfs(folder),
  };
}

/**
 * The same for an ordinary user, who can mount in its own namespaces only: both file systems are made by the container's
 * process itself, and end with it (overlayfs in a user namespace, Linux 5.11).
 */
export function rootlessLabRootfs(lower: string, run: string): Isolator<Claim> {
  const { release: _release, prepare: _prepare, ...lab } = labRootfs(lower, run);
  return {
    ...lab,
    phase: 'mounts',
    steps(plan, { mode }, { folder }) {
      if (mode === 'exec') return;
      const [upper, work] = [join(folder, 'upper'), join(folder, 'work')];
      plan
        .mount('tmpfs', folder, 'tmpfs', MS_NOSUID | MS_NODEV, `size=${SIZE},mode=755`)
        .because('what it writes is gone with it');
      plan.open_root(folder).into('lab').because('to make three directories in it');
      for (const part of ['upper', 'work', 'rootfs'])
        plan.mkdir_at({ fd: 'lab' }, part, 0o755).because('for the overlay');
      plan
        .mount('overlay', join(folder, 'rootfs'), 'overlay', 0, `${overlayOptions({ lower, upper, work })},userxattr`)
        .because('the lab below, what it writes on top');
    },
    release: ({ folder }) => removeLabRootfs(folder),
  };
}

/** Every isolator that a container below `run` may have been made of: for giving back what somebody else has claimed. */
export function everyIsolator(run: string): readonly AnyIsolator[] {
  return [labRootfs('', run), ...isolators];
}

// Colons separate lower directories and commas options; overlayfs takes both after a backslash.
function overlayOptions({ lower, upper, work }: Record<'lower' | 'upper' | 'work', string>): string {
  const escaped = (path: string): string => path.replace(/[\\,]/g, '\\$&');
  return `lowerdir=${escaped(lower).replace(/:/g, '\\:')},upperdir=${escaped(upper)},workdir=${escaped(work)}`;
}

/** Unmounts and removes the folder of one container; idempotent. What was written lies in the tmpfs and goes with it. */
export function removeLabRootfs(folder: string): void {
  if (!existsSync(folder)) return;
  for (const target of [join(folder, 'rootfs'), folder]) while (unmounted(target));
  for (const name of readdirSync(folder)) rmdirSync(join(folder, name));
  rmdirSync(folder);
}

function unmounted(target: string): boolean {
  try {
    native.umount2(target, MNT_DETACH | UMOUNT_NOFOLLOW);
    return true;
  } catch (error) {
    // EINVAL: nothing is mounted here (any more). EPERM: an ordinary user's mounts are not here.
    if (isSyscallError(error, errno.EINVAL, errno.ENOENT, errno.EPERM)) return false;
    throw error;
  }
}
