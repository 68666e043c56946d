/**
 * Devices of the host's that a container may use: `--device`, `--device-cgroup-rule`, and with `--privileged` all of them.
 *
 * Two things are needed, a node in its /dev and a rule of its cgroup (mknod(2); Documentation/admin-guide/cgroup-v1/
 * devices.rst): the node alone cannot be opened, the rule alone has nothing to open.
 */
import { readdirSync, statSync, type Stats } from 'node:fs';
import { join } from 'node:path';
import { DrydockError } from '../../errors.ts';
import type { Device, DeviceRule, Spec } from '../../runtime/config.ts';
import type { DeviceMapping, HostConfig } from '../types.ts';

/** Throws BAD_USAGE for what is no device, or no rule. */
export function withDevices(spec: Spec, { Devices = [], DeviceCgroupRules = [], Privileged }: HostConfig): Spec {
  const everything: DeviceRule[] = Privileged ? [{ allow: true, access: 'rwm' }] : [];
  const mapped = Devices.flatMap(deviceOf);
  const nodes = Privileged ? [...allOf('/dev'), ...mapped.map(({ node }) => node)] : mapped.map(({ node }) => node);
  if (nodes.length + DeviceCgroupRules.length + everything.length === 0) return spec;
  const rules = [...everything, ...mapped.map(({ rule }) => rule), ...DeviceCgroupRules.map(ruleOf)];
  const unique = new Map(nodes.map((node) => [node.path, node]));
  return {
    ...spec,
    linux: { ...spec.linux, devices: [...unique.values()], resources: { ...spec.linux?.resources, devices: rules } },
  };
}

interface Mapped {
  readonly node: Device;
  readonly rule: DeviceRule;
}

/** A folder stands for the devices in it. */
function deviceOf({ PathOnHost, PathInContainer, CgroupPermissions = 'rwm' }: DeviceMapping): Mapped[] {
  if (!/^[rwm]{1,3}$/.test(CgroupPermissions))
    throw new DrydockError('BAD_USAGE', `invalid device mode: ${CgroupPermissions}`, { hint: 'some of r, w and m' });
  const nodes = nodesAt(PathOnHost, PathInContainer || PathOnHost);
  if (nodes.length === 0)
    throw new DrydockError(
      'BAD_USAGE',
      `error gathering device information while adding custom device "${PathOnHost}": not a device node`,
    );
  return nodes.map((node) => ({ node, rule: ruleFor(node, CgroupPermissions) }));
}

function nodesAt(path: string, inside: string): Device[] {
  const facts = statSync(path, { throwIfNoEntry: false });
  if (!facts)
    throw new DrydockError(
      'BAD_USAGE',
      `error gathering device information while adding custom device "${path}": no such file or directory`,
    );
  if (facts.isDirectory()) return allOf(path).map((node) => ({ ...node, path: inside + node.path.slice(path.length) }));
  const node = nodeOf(facts, inside);
  return node ? [node] : [];
}

function nodeOf(facts: Stats, path: string): Device | undefined {
  if (!facts.isCharacterDevice() && !facts.isBlockDevice()) return undefined;
  const { rdev, mode, uid, gid } = facts;
  return {
    path,
    type: facts.isBlockDevice() ? 'b' : 'c',
    // glibc's makedev(3): twelve bits of the one, twenty of the other.
    major: (rdev >> 8) & 0xfff,
    minor: (rdev & 0xff) | ((rdev >> 12) & 0xfff00),
    fileMode: mode & 0o777,
    uid,
    gid,
  };
}

/** A container has these for itself: terminals, shared memory, links into /proc. */
const own = new Set(['pts', 'shm', 'fd', 'mqueue', 'console', 'ptmx']);

function allOf(folder: string): Device[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (own.has(entry.name) || entry.isSymbolicLink()) return [];
    if (entry.isDirectory()) return allOf(path);
    const facts = statSync(path, { throwIfNoEntry: false });
    const node = facts && nodeOf(facts, path);
    return node ? [node] : [];
  });
}

function ruleFor(node: Device, access: string): DeviceRule {
  if (node.type === 'p') throw new DrydockError('INTERNAL', `${node.path} is a fifo`);
  return { allow: true, type: node.type === 'b' ? 'b' : 'c', major: node.major, minor: node.minor, access };
}

/** `c 1:3 rwm`, `b *:* r`, `a *:* rwm` */
function ruleOf(text: string): DeviceRule {
  const [, type, major = '', minor = '', access] = /^([acb]) (\d+|\*):(\d+|\*) ([rwm]{1,3})$/.exec(text) ?? [];
  if (type === undefined)
    throw new DrydockError('BAD_USAGE', `invalid device cgroup rule format: '${text}'`, { hint: 'as in c 189:* rwm' });
  const number = (word: string): number | undefined => (word === '*' ? undefined : Number(word));
  return { allow: true, type: type as 'a' | 'b' | 'c', major: number(major), minor: number(minor), access };
}
