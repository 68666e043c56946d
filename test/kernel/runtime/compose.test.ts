/** Every isolator by itself, with no more than it requires: what it changes, and that it gives everything back. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, readlinkSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runThrough, withRequired } from '../../../src/learn/isolator-suite.ts';
import { features } from '../../../src/linux/features.ts';
import { readMountinfo } from '../../../src/linux/mountinfo.ts';
import { readStat, readStatus } from '../../../src/linux/procfs.ts';
import { hierarchies } from '../../../src/runtime/cgroupfs.ts';
import { create, start, type Container } from '../../../src/runtime/container.ts';
import { remove } from '../../../src/runtime/remove.ts';
import type { Isolator } from '../../../src/runtime/isolator.ts';
import { isolators, type AnyIsolator } from '../../../src/runtime/isolators/index.ts';
import type { Spec } from '../../../src/runtime/spec.ts';
import { skip, boxed, bundle, folder, leavesNothing, specOf } from '../support.ts';

const space = (pid: number | 'self', name: string): string => readlinkSync(`/proc/${pid}/ns/${name}`);
const isNew =
  (name: string) =>
  ({ pid }: Container): void =>
    assert.notEqual(space(pid, name), space('self', name));
const root = ({ pid }: Container): string => readlinkSync(`/proc/${pid}/root`);
const hostName = readFileSync('/proc/sys/kernel/hostname', 'utf8');

interface Case {
  change?: (spec: Spec) => void;
  /** Facts of the created container, its program not yet started. */
  inspect(box: Container): void;
  when?: () => boolean;
}

const cases: Record<string, Case> = {
  user: {
    when: () => features().userNamespace,
    change({ linux }) {
      linux!.namespaces!.push({ type: 'user' });
      linux!.uidMappings = linux!.gidMappings = [{ containerID: 0, hostID: 0, size: 65_536 }];
    },
    inspect: isNew('user'),
  },
  rootfs: { inspect: (box) => assert.equal(root(box), '/', 'opened, and not yet entered') },
  chroot: { inspect: (box) => assert.equal(root(box), join(bundle(), 'rootfs')) },
  mounts: {
    inspect(box) {
      isNew('mnt')(box);
      const made = readMountinfo(box.pid).map(({ mountPoint }) => mountPoint);
      for (const name of ['proc', 'dev', 'dev/pts', 'sys']) assert(made.includes(join(bundle(), 'rootfs', name)), name);
    },
  },
  devices: {
    inspect: ({ pid }) =>
      assert.equal(statSync(`/proc/${pid}/root${bundle()}/rootfs/dev/null`).rdev, statSync('/dev/null').rdev),
  },
  pivot: {
    inspect({ pid }) {
      assert(!readMountinfo(pid).some(({ mountPoint }) => mountPoint.startsWith(folder)), 'nothing of the host');
      assert(existsSync(`/proc/${pid}/root/bin/busybox`));
    },
  },
  uts: {
    inspect(box) {
      isNew('uts')(box);
      assert.equal(readFileSync('/proc/sys/kernel/hostname', 'utf8'), hostName);
    },
  },
  ipc: { inspect: isNew('ipc') },
  pid: {
    inspect(box) {
      isNew('pid')(box);
      if (features().nsPids) assert.match(readStatus(box.pid)!.get('NSpid')!, /\s1$/);
    },
  },
  network: { inspect: isNew('net') },
  cgroups: {
    when: () => hierarchies().length > 0,
    inspect({ id, pid }) {
      const lines = readFileSync(`/proc/${pid}/cgroup`, 'utf8').split('\n');
      assert.equal(lines.filter((line) => line.endsWith(`:/drydock/${id}`)).length, hierarchies().length);
    },
  },
  cgroupns: { when: () => features().cgroupNamespace, inspect: isNew('cgroup') },
  time: {
    when: () => features().timeNamespace,
    change: ({ linux }) => void linux!.namespaces!.push({ type: 'time' }),
    inspect: isNew('time'),
  },
  // Without mounts of its own there is no devpts, and none is made.
  terminal: { inspect: ({ pid }) => assert(readStat(pid)?.isBeforeExec) },
  propagation: {
    change: ({ linux }) => void (linux!.rootfsPropagation = 'rprivate'),
    inspect: ({ pid }) => assert.deepEqual(readMountinfo(pid)[0]!.tags, {}),
  },
  readonly: {
    change: (spec) => void (spec.root.readonly = true),
    inspect: ({ pid }) => assert(existsSync(`/proc/${pid}/root/bin/busybox`)),
  },
  sysctl: {
    change: ({ linux }) => void (linux!.sysctl = { 'net.ipv4.ip_default_ttl': '77' }),
    inspect: isNew('net'),
  },
  masks: {
    inspect({ pid }) {
      const covered = readMountinfo(pid).map(({ mountPoint }) => mountPoint);
      assert(covered.some((path) => path.endsWith('/proc/keys')));
    },
  },
  limits: {
    change: (spec) => void (spec.process.rlimits = [{ type: 'RLIMIT_CORE', soft: 1, hard: 2 }]),
    inspect: ({ pid }) => assert.match(readFileSync(`/proc/${pid}/limits`, 'utf8'), /core file size +1 +2 /),
  },
  personality: {
    change: ({ linux }) => void (linux!.personality = { domain: 'LINUX32' }),
    inspect: ({ pid }) => assert.equal(readFileSync(`/proc/${pid}/personality`, 'utf8').trim(), '00000008'),
  },
  labels: { inspect: ({ pid }) => assert(readStat(pid)?.isBeforeExec) },
  keyring: { inspect: ({ pid }) => assert(readStat(pid)?.isBeforeExec) },
  capabilities: {
    inspect: ({ pid }) => assert.equal(readStatus(pid)!.get('CapBnd'), '00000000a80425fb'),
  },
  seccomp: {
    change: ({ linux }) => void (linux!.seccomp = { defaultAction: 'SCMP_ACT_ALLOW', syscalls: [] }),
    inspect: ({ pid }) => assert.equal(readStatus(pid)!.get('Seccomp'), '2'),
  },
  hooks: {
    change(spec) {
      const path = join(folder, 'mark');
      writeFileSync(path, '#!/bin/sh\n: > "$0.done"\n', { mode: 0o755 });
      spec.hooks = { createRuntime: [{ path }] };
    },
    inspect: () => assert(existsSync(join(folder, 'mark.done'))),
  },
  process: { inspect: ({ pid }) => assert.equal(readStat(pid)?.session, pid, 'a session of its own') },
};

describe('a stack of one isolator and what it requires', function () {
  leavesNothing();

  it('has a case here for every isolator', () => {
    assert.deepEqual(Object.keys(cases).sort(), isolators.map(({ name }) => name).sort());
  });

  for (const [name, { change, inspect, when = () => true }] of Object.entries(cases))
    it(`takes, runs and gives back: ${name}`, async function () {
      if (!when()) skip(this, 'this kernel has no such thing');
      const stack = withRequired(
        isolators.find((isolator) => isolator.name === name)!,
        isolators,
      );
      const options = boxed({ spec: specOf({ args: ['true'] }, change), isolators: stack });
      assert.equal(await runThrough({ create, start, remove }, options, inspect), 0);
    });
});

describe('a bad stack', () => {
  const refused = (stack: readonly AnyIsolator[], message: RegExp): Promise<void> =>
    assert.rejects(create(boxed({ spec: specOf({ args: ['true'] }), isolators: stack })), {
      code: 'STACK_INVALID',
      message,
    });
  const only = (...names: string[]): AnyIsolator[] => isolators.filter(({ name }) => names.includes(name));
  leavesNothing();

  it('is refused by the name of what is missing', async () => {
    await refused(only('pivot', 'rootfs', 'process'), /'pivot' needs 'mounts'/);
    await refused(only('mounts', 'process'), /'mounts' needs 'rootfs'/);
    await refused(only('devices', 'rootfs', 'process'), /'devices' needs 'mounts'/);
  });

  it('is refused by the name of what is there twice', () =>
    refused([...isolators, ...only('uts')], /'uts' is in .* twice/));

  it('is refused when nothing starts a program', () => refused(only('pid', 'uts'), /nothing in the stack starts/));

  it('gives back what the others took when one of them fails, at whichever point', async () => {
    const failing = (point: Partial<Isolator>): Isolator => ({ name: 'failing', summary: 'fails', ...point });
    const fail = (): never => {
      throw new Error('on purpose');
    };
    const points: Partial<Isolator>[] = [
      { claim: fail },
      { prepare: fail },
      { steps: fail },
      { namespaces: fail },
      { at: { born: fail } },
      { at: { mounted: fail } },
      { at: { created: fail } },
    ];
    for (const point of points) {
      const options = boxed({ spec: specOf({ args: ['true'] }), isolators: [...isolators, failing(point)] });
      await assert.rejects(create(options), /on purpose/);
    }
  });
});
