/**
 * Two ways to a device of the machine's: make its node, or find one that somebody has left in the image. One needs a
 * capability, the other needs none, and only the list of devices stops it.
 *
 * A harmless device that every kernel with it opens for everybody stands in for the disk, which would be as easy (`b 8 0`);
 * it is opened and closed, and nothing is read or written.
 */
import { readFileSync } from 'node:fs';
import { breaking, type Attack } from '../../src/learn/attack.ts';
import { capabilityNames, capabilityNumber, holds, ownBoundingSet } from '../../src/linux/capabilities.ts';
import type { Resources } from '../../src/runtime/resources.ts';
import type { Spec } from '../../src/runtime/spec.ts';

/** Of /proc/misc, major 10: opening one of them does nothing. */
const HARMLESS = ['autofs', 'fuse', 'btrfs-control', 'userfaultfd'];
const NOBODYS = 200;

/** A device that the default list does not allow. Without a harmless one: a number of major 1 that nobody has. */
function device(): { major: number; minor: number } {
  const misc = new Map(
    readFileSync('/proc/misc', 'utf8')
      .trim()
      .split('\n')
      .map((line) => line.trim().split(/\s+/))
      .map(([minor = '', name = '']) => [name, Number(minor)]),
  );
  const minor = HARMLESS.map((name) => misc.get(name)).find((one) => one !== undefined);
  return minor === undefined ? { major: 1, minor: NOBODYS } : { major: 10, minor };
}

const everything: Resources['devices'] = [{ allow: true, access: 'rwm' }];
const OPEN = ': < /tmp/device && echo opened';

/** ENXIO comes from the kernel's driver, or its absence: whoever hears it was let through. */
function verdict(output: string): { succeeded: boolean; seen: string } {
  const line = output.trim().split('\n').at(-1)?.replace(/^sh: /, '') ?? '';
  return { succeeded: /opened|No such device/.test(line), seen: line };
}

function withDevices(spec: Spec, devices: Resources['devices'], capabilities: readonly string[]): Spec {
  const names = [...capabilities];
  return {
    ...spec,
    process: { ...spec.process, capabilities: { bounding: names, effective: names, permitted: names } },
    linux: { ...spec.linux, resources: { devices } },
  };
}

const own = (): string[] => {
  const set = ownBoundingSet();
  return capabilityNames.filter((name) => holds(set, capabilityNumber(name) ?? 64));
};

const makeNode: Attack = {
  name: 'mknod of a device of the machine’s',
  undefended: 'with CAP_MKNOD',
  defended: '--cap-drop MKNOD',
  async attempt(target, isDefended) {
    const { major, minor } = device();
    const kept = own().filter((name) => !isDefended || name !== 'CAP_MKNOD');
    const script = `mknod /tmp/device c ${major} ${minor} && ${OPEN}`;
    const container = await target.container({
      args: ['sh', '-c', `(${script}) 2>&1`],
      adjust: (spec) => withDevices(spec, everything, kept),
    });
    await container.ended();
    return verdict(container.output());
  },
};

const findNode: Attack = {
  name: 'a node that came with the image',
  undefended: '--cap-drop ALL, every device allowed',
  defended: '--cap-drop ALL, and the default list of devices',
  async attempt(target, isDefended) {
    const container = await target.container({
      args: ['sh', '-c', `(${OPEN}) 2>&1`],
      adjust: (spec) => {
        const closed = withDevices(spec, isDefended ? [] : everything, []);
        return { ...closed, linux: { ...closed.linux, devices: [{ path: '/tmp/device', type: 'c', ...device() }] } };
      },
    });
    await container.ended();
    return verdict(container.output());
  },
};

export const attacks: readonly Attack[] = [makeNode, findNode];

export const breakIt = breaking(attacks, {
  lesson: 'capabilities',
  seconds: 2,
  question: 'How does root in a container get at a device of the machine’s?',
  turn: ['./drydock read capabilities', 'what a node is, and who may open it'],
});
