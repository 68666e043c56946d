/**
 * A mount as data, and the host's side of it.
 *
 * A snapshotter never mounts what it makes: it says what would have to be mounted. So one snapshot can be mounted by a
 * container's runtime, by whoever unpacks a layer into it, or by you with mount(8), and a test can read the answer:
 *
 *     { type: 'overlay', source: 'overlay', options: ['lowerdir=/…/l/k3:/…/l/9a', 'upperdir=/…', 'workdir=/…'] }
 *
 * The options are those of mount(8) and of the OCI runtime spec: flags by name, the rest is the file system's own.
 * mount(2), mount(8).
 */
import { mkdirSync, rmdirSync } from 'node:fs';
import { isSyscallError } from '../linux/calls.ts';
import { MNT_DETACH, MS_BIND, MS_REC, MS_REMOUNT, UMOUNT_NOFOLLOW } from '../linux/constants.ts';
import { errno } from '../linux/errno.ts';
import { changes, parseOptions } from '../linux/mount-options.ts';
import { native } from '../linux/native.ts';
import { fitted } from './option-page.ts';

export interface Mount {
  /** `overlay`, `bind`, `ext4`, …: a file system, or `bind` for a directory that is shown at a second place. */
  readonly type: string;
  /** A directory, a device, or for file systems without either a name for people. */
  readonly source: string;
  /** Below the place at which all of a snapshot's mounts are made; absent: that place itself. */
  readonly target?: string;
  readonly options: readonly string[];
}

/** Mounts all of them at a directory that exists, in their order. After a failure none is left. */
export function mountAll(mounts: readonly Mount[], target: string): void {
  const made: string[] = [];
  try {
    for (const mount of mounts) {
      const place = mount.target === undefined ? target : `${target}/${mount.target}`;
      mountOne(mount, place);
      made.push(place);
    }
  } catch (error) {
    for (const place of made.reverse()) unmountAll(place);
    throw error;
  }
}

function mountOne({ type, source, options }: Mount, target: string): void {
  const { verb, mount, fileSystem, rest } = parseOptions(options);
  if (type === 'bind' || verb & MS_BIND) {
    native.mount(source, target, null, MS_BIND | (verb & MS_REC), null);
    // A bind takes its source's flags, whatever it is asked for; its own come by a second call.
    if (changes(mount)) native.mount(null, target, null, MS_REMOUNT | MS_BIND | mount.set, null);
    return;
  }
  const { data, cwd } = fitted(rest);
  native.mount(source, target, type, (verb & MS_REMOUNT) | mount.set | fileSystem.set, data, cwd);
}

/** Takes away everything that is mounted at this place, and is content when nothing is. */
export function unmountAll(target: string): void {
  for (;;) {
    try {
      native.umount2(target, MNT_DETACH | UMOUNT_NOFOLLOW);
    } catch (error) {
      // EINVAL: nothing is mounted here (any more). ENOENT: nor is there a place.
      if (isSyscallError(error, errno.EINVAL, errno.ENOENT)) return;
      throw error;
    }
  }
}

/** Runs `body` with the mounts at a folder that is made for it and goes with it. `folder` must not exist yet. */
export async function withMounted<T>(
  mounts: readonly Mount[],
  folder: string,
  body: (folder: string) => Promise<T> | T,
): Promise<T> {
  mkdirSync(folder, { mode: 0o700 });
  try {
    mountAll(mounts, folder);
    return await body(folder);
  } finally {
    unmountAll(folder);
    rmdirSync(folder);
  }
}
