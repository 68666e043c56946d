/**
 * What a security module of the kernel lets the program do: an AppArmor profile (apparmor(7), Linux 2.6.36) or an SELinux
 * label (selinux(8), Linux 2.6).
 *
 * The label is written ahead of time and taken on by the execve. It goes to the process' own file in the container's
 * procfs, which is looked at name by name: with a tmpfs over /proc/self/attr a runtime wrote its label into an ordinary
 * file, and started a program without one (CVE-2019-16884, CVE-2025-52881). What was written is read back.
 */
import { existsSync, readFileSync } from 'node:fs';
import { DrydockError } from '../../errors.ts';
import type { Isolator } from '../isolator.ts';
import { slot } from '../plan.ts';

export const labels: Isolator = {
  name: 'labels',
  summary: 'an AppArmor profile or an SELinux label',
  requires: ['mounts'],
  claim({ process, linux }) {
    if (process.apparmorProfile && !hasAppArmor()) throw lacking('process.apparmorProfile', 'AppArmor');
    if (process.selinuxLabel && !hasSELinux()) throw lacking('process.selinuxLabel', 'SELinux');
    if (linux?.mountLabel && !hasSELinux()) throw lacking('linux.mountLabel', 'SELinux');
    return null;
  },
  steps(plan, { process, mode }) {
    const { apparmorProfile, selinuxLabel } = process;
    if (mode === 'exec' && apparmorProfile && !hasAppArmor()) throw lacking('process.apparmorProfile', 'AppArmor');
    if (mode === 'exec' && selinuxLabel && !hasSELinux()) throw lacking('process.selinuxLabel', 'SELinux');
    if (apparmorProfile)
      plan
        .write_attr(
          slot('root'),
          existsSync('/proc/self/attr/apparmor') ? 'apparmor/exec' : 'exec',
          `exec ${apparmorProfile}`,
        )
        .because('the profile that the program will run under');
    if (selinuxLabel)
      plan.write_attr(slot('root'), 'exec', selinuxLabel).because('the label that the program will run under');
  },
};

function hasAppArmor(): boolean {
  const path = '/sys/module/apparmor/parameters/enabled';
  return existsSync(path) && readFileSync(path, 'utf8').startsWith('Y');
}

function hasSELinux(): boolean {
  return existsSync('/sys/fs/selinux/enforce');
}

function lacking(place: string, name: string): DrydockError {
  return new DrydockError('UNSUPPORTED', `${place}: this kernel has no ${name}, or it is switched off`, {
    isolator: 'labels',
    hint: 'leave it out: the container would be less confined than its config says',
  });
}
