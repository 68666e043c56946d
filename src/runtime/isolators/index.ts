/**
 * The whole stack, in the order in which a person meets it. Within a phase it is the order of the steps, too.
 */
import type { Isolator } from '../isolator.ts';
import { cgroupns } from './cgroupns.ts';
import { cgroups } from './cgroups.ts';
import { devices } from './devices.ts';
import { hooks } from './hooks.ts';
import { ipc } from './ipc.ts';
import { mounts } from './mounts.ts';
import { network } from './network.ts';
import { pid } from './pid.ts';
import { process } from './process.ts';
import { chroot, pivot, rootfs } from './rootfs.ts';
import { terminal } from './terminal.ts';
import { time } from './time.ts';
import { user } from './user.ts';
import { uts } from './uts.ts';

/** A stack holds claims of many kinds; compose hands each isolator its own. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type AnyIsolator = Isolator<any>;

export const isolators: readonly AnyIsolator[] = [
  user,
  rootfs,
  chroot,
  mounts,
  devices,
  pivot,
  uts,
  ipc,
  pid,
  network,
  cgroups,
  cgroupns,
  time,
  terminal,
  hooks,
  process,
];

/** Which isolators a lesson brings, in the order of the lessons: for `--upto` and `--without`. */
export const lessonIsolators: Readonly<Record<string, readonly string[]>> = {
  process: ['process'],
  rootfs: ['rootfs', 'chroot'],
  mounts: ['mounts', 'devices', 'pivot', 'terminal'],
  names: ['uts', 'ipc'],
  pid: ['pid'],
  user: ['user'],
  network: ['network'],
  cgroups: ['cgroups', 'cgroupns'],
  lifecycle: ['time', 'hooks'],
};
