/**
 * The config that `oci spec` writes and `try` starts from: what `docker run` mounts and takes away by default, as far
 * as the isolators go.
 */
import type { Features } from '../linux/features.ts';
import { OCI_VERSION } from './oci-version.ts';
import type { Process, Spec } from './spec.ts';

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
    },
  };
}

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
