/**
 * For each feature of features.ts: since which kernel, what is missing without it, and what stands in. `drydock
 * doctor` prints it, and the book's appendix on kernels is made of it.
 */
import type { FeatureName } from './features.ts';

export interface FeatureFact {
  /** The first kernel of kernel.org that has it; distributions may have carried it back. */
  readonly since: string;
  /** What cannot be done, or is weaker, without it. */
  readonly without: string;
  /** What Drydock does instead. */
  readonly instead: string;
}

/** What a machine lacks on which no cgroups are mounted, and what to do: `doctor` and the dock's refusal say it. */
export const noCgroups = {
  without: 'nothing can be counted, limited or frozen: the dock, which limits demos and checks, cannot be made',
  advice: 'mount -t cgroup2 none /sys/fs/cgroup',
} as const;

export const featureFacts: Readonly<Record<FeatureName, FeatureFact>> = {
  clone3: { since: '5.3', without: 'nothing is lost by itself', instead: 'clone(2)' },
  cloneIntoCgroup: {
    since: '5.7',
    without: 'the child is in its parent’s cgroup for a moment',
    instead: 'the child waits while the parent writes cgroup.procs',
  },
  pidfd: {
    since: '5.3',
    without: 'a process that is not our child can be confused with a later one of the same pid',
    instead: 'pid, start time and boot id are compared before a signal',
  },
  openat2: {
    since: '5.6',
    without: 'untrusted paths cost more calls',
    instead: 'the checked walk, component by component',
  },
  newMountApi: {
    since: '5.2',
    without: 'no trees of mounts that nobody sees until they are ready',
    instead: 'a mount is made ready at a place that nobody else can change, and moved (MS_MOVE)',
  },
  mountSetattr: {
    since: '5.12',
    without: 'no idmapped mounts, no options for a whole tree (rro), no nosymfollow',
    instead: 'mounts that ask for one of these are refused',
  },
  closeRange: {
    since: '5.11',
    without: 'nothing is lost',
    instead: 'the numbers in /proc/self/fd are marked one by one',
  },
  memfd: {
    since: '3.17',
    without: 'no sealed copies in memory',
    instead: 'an unlinked file without a writable descriptor',
  },
  seccompSyscall: { since: '3.17', without: 'no flags, no threads', instead: 'prctl(PR_SET_SECCOMP)' },
  seccompListener: {
    since: '5.0',
    without: 'no supervisor can answer for a system call',
    instead: 'a spec that asks for it is refused',
  },
  ambientCapabilities: {
    since: '4.3',
    without: 'a user that is not root keeps no capability across execve',
    instead: 'a spec with ambient capabilities is refused',
  },
  tiocgptpeer: {
    since: '4.13',
    without: 'the terminal’s other end is opened by its name',
    instead: 'the name is opened and its device number compared',
  },
  overlay: { since: '3.18', without: 'no stacked root file systems', instead: 'full copies (the vfs snapshotter)' },
  overlayMultiLower: {
    since: '4.0',
    without: 'overlay has one lower directory',
    instead: 'deeper images are flattened',
  },
  userNamespace: {
    since: '3.8',
    without: 'no mapped users, nothing without root',
    instead: 'a spec that asks for it is refused',
  },
  landlock: {
    since: '5.13',
    without: 'no walls that a process builds around itself: the isolator of lesson world',
    instead: 'a spec that asks for them is refused',
  },
  landlockTruncate: {
    since: '6.2',
    without: 'a file outside of such walls can still be cut to nothing by its path (truncate(2))',
    instead: 'nothing: a read-only mount forbids it',
  },
  cgroupNamespace: {
    since: '4.6',
    without: 'the container sees the names of its cgroups on the host',
    instead: 'its own cgroup is bound read-only',
  },
  timeNamespace: {
    since: '5.6',
    without: 'the container sees the host’s uptime',
    instead: 'a spec that asks for it is refused',
  },
  setgroupsFile: {
    since: '3.19',
    without: 'an ordinary user’s mapping needs no step',
    instead: 'nothing: where the file is, "deny" is written',
  },
  threadSelf: { since: '3.17', without: 'a thread cannot name itself', instead: '/proc/self/task/TID' },
  nsPids: { since: '4.1', without: 'the pid inside is not in /proc/PID/status', instead: 'the child tells it' },
  cgroupPids: {
    since: '4.3',
    without: 'the number of processes cannot be limited',
    instead: 'a spec that asks for it is refused',
  },
  cgroupMemory: {
    since: '2.6.25',
    without: 'memory cannot be limited (on Debian, add cgroup_enable=memory to the kernel’s command line)',
    instead: 'a spec that asks for it is refused',
  },
  cgroupKill: {
    since: '5.14',
    without: 'a cgroup cannot be killed at once',
    instead: 'freeze, signal each, thaw; or PID 1 is killed',
  },
  cgroupFreeze: {
    since: '5.2',
    without: 'no pause on cgroup v2',
    instead: 'the freezer of v1 where there is one; else pause is refused',
  },
  cgroupDeviceProgram: {
    since: '4.15',
    without: 'no device rules on cgroup v2',
    instead: 'the devices controller of v1',
  },
  initialRootIsRamfs: {
    since: '2.6',
    without: 'pivot_root works',
    instead: 'where it is so, starting is refused, because chroot alone can be left',
  },
};
