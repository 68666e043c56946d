/**
 * The whole stack, in the order in which a person meets it. Within a phase it is the order of the steps, too.
 */
import type { Isolator } from '../isolator.ts';
import { capabilities } from './capabilities.ts';
import { cgroupns } from './cgroupns.ts';
import { cgroups } from './cgroups.ts';
import { devices } from './devices.ts';
import { hooks } from './hooks.ts';
import { ipc } from './ipc.ts';
import { keyring } from './keyring.ts';
import { labels } from './labels.ts';
import { limits } from './limits.ts';
import { masks } from './masks.ts';
import { mounts } from './mounts.ts';
import { network } from './network.ts';
import { personality } from './personality.ts';
import { pid } from './pid.ts';
import { process } from './process.ts';
import { propagation } from './propagation.ts';
import { readonly } from './readonly.ts';
import { chroot, pivot, rootfs } from './rootfs.ts';
import { seccomp } from './seccomp.ts';
import { sysctl } from './sysctl.ts';
import { terminal } from './terminal.ts';
import { time } from './time.ts';
import { user } from './user.ts';
import { uts } from './uts.ts';

/** A stack holds claims of many kinds; compose hands each isolator its own. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type AnyIsolator = Isolator<any>;

export const isolators: readonly AnyIsolator[] = [
  user,
  propagation,
  rootfs,
  chroot,
  mounts,
  devices,
  sysctl,
  masks,
  pivot,
  readonly,
  uts,
  ipc,
  pid,
  network,
  cgroups,
  cgroupns,
  time,
  terminal,
  limits,
  personality,
  keyring,
  labels,
  capabilities,
  seccomp,
  hooks,
  process,
];

/** Which isolators a lesson brings, in the order of the lessons: for `--upto` and `--without`. */
export const lessonIsolators: Readonly<Record<string, readonly string[]>> = {
  process: ['process'],
  rootfs: ['rootfs', 'chroot'],
  mounts: ['mounts', 'propagation', 'pivot', 'readonly', 'terminal'],
  names: ['uts', 'ipc'],
  pid: ['pid'],
  user: ['user'],
  network: ['network'],
  cgroups: ['cgroups', 'cgroupns', 'limits'],
  capabilities: ['capabilities'],
  seccomp: ['seccomp', 'devices', 'masks'],
  lifecycle: ['time', 'sysctl', 'personality', 'keyring', 'labels', 'hooks'],
};

/** What a lesson has a learner write that the runtime does not have (src/learn/own-isolators.ts). */
export const ownIsolators: Readonly<Record<string, readonly string[]>> = { world: ['landlock'] };

/** The lessons that bring none: what they are about is around a container, not in its making. */
export const lessonsWithout: readonly string[] = [
  'union',
  'images',
  'registry',
  'build',
  'engine',
  'ports',
  'volumes',
  'world',
];
