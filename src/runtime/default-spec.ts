/**
 * The config that `oci spec` writes and `try` starts from: what `docker run` mounts and takes away by default, as far
 * as the isolators go.
 */
import { capabilityNumber, holds, ownBoundingSet } from '../linux/capabilities.ts';
import { EPERM } from '../linux/errno.ts';
import type { Features } from '../linux/features.ts';
import { OCI_VERSION } from './oci-version.ts';
import { architecturesHere } from './seccomp-by-hand.ts';
import type { Process, Spec } from './spec.ts';
import { warn } from './warning.ts';

export interface Wishes {
  args?: readonly string[];
  root?: string;
  hostname?: string;
  terminal?: boolean;
  env?: readonly string[];
  cwd?: string;
  user?: Process['user'];
}

/** A fresh config. Namespaces that this kernel lacks are left out. */
export function defaultSpec(wishes: Wishes, features: Features): Spec {
  const { args = ['sh'], root = 'rootfs', hostname = 'drydock', terminal = false, env = [], cwd = '/' } = wishes;
  const cgroup = features.cgroupNamespace ? [{ type: 'cgroup' as const }] : [];
  return {
    ociVersion: OCI_VERSION,
    process: {
      terminal,
      user: wishes.user ?? { uid: 0, gid: 0 },
      args: [...args],
      env: [
        'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
        ...(terminal ? ['TERM=xterm'] : []),
        ...env,
      ],
      cwd,
      capabilities: setsOf(defaultCapabilities()),
    },
    root: { path: root },
    hostname,
    mounts: defaultMounts(),
    linux: {
      namespaces: [
        { type: 'pid' },
        { type: 'network' },
        { type: 'ipc' },
        { type: 'uts' },
        { type: 'mount' },
        ...cgroup,
      ],
      maskedPaths: [...hidden],
      readonlyPaths: [...untouchable],
      ...(architecturesHere().length > 0 && { seccomp: withoutKeys() }),
    },
  };
}

/** What Docker leaves to root: enough to install software and to serve low ports, nothing that reaches the machine. */
const kept = [
  'CAP_CHOWN',
  'CAP_DAC_OVERRIDE',
  'CAP_FSETID',
  'CAP_FOWNER',
  'CAP_MKNOD',
  'CAP_NET_RAW',
  'CAP_SETGID',
  'CAP_SETUID',
  'CAP_SETFCAP',
  'CAP_SETPCAP',
  'CAP_NET_BIND_SERVICE',
  'CAP_SYS_CHROOT',
  'CAP_KILL',
  'CAP_AUDIT_WRITE',
];

/** Files of the whole machine: its memory, its keys, its timers, its devices' power. */
export const hidden = [
  '/proc/acpi',
  '/proc/asound',
  '/proc/kcore',
  '/proc/keys',
  '/proc/latency_stats',
  '/proc/timer_list',
  '/proc/timer_stats',
  '/proc/sched_debug',
  '/proc/scsi',
  '/sys/firmware',
  '/sys/devices/virtual/powercap',
];
export const untouchable = ['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger'];

/** The kernel's keyrings know no namespaces before Linux 5.2, and belong to a user's number only: these calls reach those of the host. */
const keys = ['add_key', 'request_key', 'keyctl'];

const withoutKeys = (): NonNullable<NonNullable<Spec['linux']>['seccomp']> => ({
  defaultAction: 'SCMP_ACT_ALLOW',
  architectures: architecturesHere(),
  syscalls: [{ names: [...keys], action: 'SCMP_ACT_ERRNO', errnoRet: EPERM }],
});

/** Without those that this machine's root lacks itself: they are only a default, so that is a warning. */
export function defaultCapabilities(): string[] {
  const own = ownBoundingSet();
  const [have, lack] = [true, false].map((wanted) =>
    kept.filter((name) => holds(own, capabilityNumber(name) ?? 64) === wanted),
  ) as [string[], string[]];
  if (lack.length && process.getuid?.() === 0) warn(`this machine’s root has no ${lack.join(', ')} to give; left out`);
  return have;
}

const setsOf = (names: string[]): Process['capabilities'] => ({ bounding: names, effective: names, permitted: names });

function defaultMounts(): Spec['mounts'] {
  const confined = ['nosuid', 'noexec', 'nodev'];
  return [
    { destination: '/proc', type: 'proc', source: 'proc', options: confined },
    {
      destination: '/dev',
      type: 'tmpfs',
      source: 'tmpfs',
      options: ['nosuid', 'strictatime', 'mode=755', 'size=65536k'],
    },
    {
      destination: '/dev/pts',
      type: 'devpts',
      source: 'devpts',
      options: ['nosuid', 'noexec', 'newinstance', 'ptmxmode=0666', 'mode=0620', 'gid=5'],
    },
    {
      destination: '/dev/shm',
      type: 'tmpfs',
      source: 'shm',
      options: [...confined, 'mode=1777', 'size=65536k'],
    },
    {
      destination: '/dev/mqueue',
      type: 'mqueue',
      source: 'mqueue',
      options: confined,
    },
    {
      destination: '/sys',
      type: 'sysfs',
      source: 'sysfs',
      options: [...confined, 'ro'],
    },
    {
      destination: '/sys/fs/cgroup',
      type: 'cgroup',
      source: 'cgroup',
      options: [...confined, 'relatime', 'ro'],
    },
  ];
}
