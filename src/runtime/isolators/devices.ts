/**
 * The few devices that every program expects, and those that the spec names (OCI config-linux.md, "Default Devices").
 *
 * They are made in the container's own /dev, a mount or the image's directory. Where the kernel lets nobody make device
 * nodes (user namespaces), the host's nodes are bound in their place. Whatever lies there afterwards is looked at: an
 * image may bring a /dev/null of its own that is something else.
 */
import { S_IFBLK, S_IFCHR, S_IFIFO } from '../../linux/constants.ts';
import { EEXIST } from '../../linux/errno.ts';
import type { Isolator } from '../isolator.ts';
import { mountRequests } from '../mount-request.ts';
import { slot } from '../plan.ts';
import type { Spec } from '../spec.ts';

const defaults: readonly [name: string, major: number, minor: number][] = [
  ['null', 1, 3],
  ['zero', 1, 5],
  ['full', 1, 7],
  ['random', 1, 8],
  ['urandom', 1, 9],
  ['tty', 5, 0],
];

const links: readonly [name: string, content: string][] = [
  ['fd', '/proc/self/fd'],
  ['stdin', '/proc/self/fd/0'],
  ['stdout', '/proc/self/fd/1'],
  ['stderr', '/proc/self/fd/2'],
  ['ptmx', 'pts/ptmx'],
];

const fileType = {
  c: S_IFCHR,
  u: S_IFCHR,
  b: S_IFBLK,
  p: S_IFIFO,
} as const;

export const devices: Isolator = {
  name: 'devices',
  summary: 'a /dev with only what is harmless',
  requires: ['mounts'],
  steps(plan, { spec, mode, host }) {
    if (mode === 'exec') return;
    const root = slot('root');
    const asked = spec.linux?.devices ?? [];
    if (!showsHostsDev(spec, host.bundle)) {
      for (const [name, major, minor] of defaults) {
        const path = `/dev/${name}`;
        if (asked.some((device) => device.path === path)) continue;
        plan
          .mknod_at(root, path, S_IFCHR | 0o666, major, minor, { uid: 0, gid: 0 }, path)
          .because('every program expects it');
      }
      for (const [name, content] of links)
        plan.symlink_at(root, `/dev/${name}`, content).tolerate(EEXIST).because('names that shells and programs use');
    }
    for (const device of asked) {
      const { path, type, fileMode = 0o666, uid = 0, gid = 0 } = device;
      const [major, minor] = device.type === 'p' ? [0, 0] : [device.major, device.minor];
      plan
        .mknod_at(root, path, fileType[type] | fileMode, major, minor, { uid, gid }, path)
        .because('asked for in linux.devices');
    }
  },
};

// With the host's own /dev in the container, making nodes would change the host.
function showsHostsDev(spec: Spec, bundle: string): boolean {
  const dev = mountRequests(spec, bundle).findLast(({ destination }) => destination === '/dev');
  return dev !== undefined && (dev.bind || dev.type === 'devtmpfs');
}
