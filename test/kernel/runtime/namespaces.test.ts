/** Namespaces by path: joined when the spec names one, and new ones owned by the right user namespace. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, readlinkSync, statSync } from 'node:fs';
import { features } from '../../../src/linux/features.ts';
import { EINVAL, ENOENT } from '../../../src/linux/errno.ts';
import { pidsOf, readStatus } from '../../../src/linux/procfs.ts';
import { create, type Container } from '../../../src/runtime/container.ts';
import type { NamespaceType } from '../../../src/runtime/isolator.ts';
import { procName } from '../../../src/runtime/namespaces.ts';
import type { Spec } from '../../../src/runtime/spec.ts';
import { boxed, compiled, leavesNothing, runBox, skip, specOf, withBox } from '../support.ts';

const inode = (pid: number | 'self', type: NamespaceType): string => readlinkSync(`/proc/${pid}/ns/${procName[type]}`);

/** Inode number of the user namespace that owns a namespace. */
function ownerOf(pid: number, type: NamespaceType): number {
  return Number(
    execFileSync(compiled('owner'), [`/proc/${pid}/ns/${procName[type]}`], { encoding: 'utf8' }).split(' ')[1],
  );
}

const userNamespace = (pid: number | 'self'): number => statSync(`/proc/${pid}/ns/user`).ino;

const sleeper = (change?: (spec: Spec) => void): Spec => specOf({ args: ['sleep', '1000'] }, change);

/** Puts a path in place of, or beside, the new namespace of this type. */
const joined = (type: NamespaceType, path: string) => (spec: Spec) => {
  spec.linux!.namespaces = [...spec.linux!.namespaces!.filter((space) => space.type !== type), { type, path }];
};

const withNewUser = (spec: Spec): void => {
  spec.linux!.namespaces!.push({ type: 'user' });
  spec.linux!.uidMappings = spec.linux!.gidMappings = [{ containerID: 0, hostID: 100_000, size: 65_536 }];
};

function withSleeper(
  change: undefined | ((spec: Spec) => void),
  body: (box: Container) => Promise<void>,
): Promise<void> {
  return withBox(boxed({ spec: sleeper(change) }), body);
}

const made: NamespaceType[] = ['mount', 'uts', 'ipc', 'pid', 'network'];

describe('a namespace of the spec', function () {
  leavesNothing();

  it('is new without a path', () =>
    withSleeper(undefined, async ({ pid }) => {
      for (const type of made) assert.notEqual(inode(pid, type), inode('self', type), type);
      assert.equal(inode(pid, 'user'), inode('self', 'user'));
    }));

  it('is that of another container, for the network, with its path', () =>
    withSleeper(undefined, (first) =>
      withSleeper(joined('network', `/proc/${first.pid}/ns/net`), async (second) => {
        assert.equal(inode(second.pid, 'network'), inode(first.pid, 'network'));
        for (const type of made.filter((other) => other !== 'network'))
          assert.notEqual(inode(second.pid, type), inode(first.pid, type), type);
      }),
    ));

  it('is that of another container, for process numbers, with its path', () =>
    withSleeper(undefined, async (first) => {
      await withSleeper(joined('pid', `/proc/${first.pid}/ns/pid`), async (second) => {
        assert.equal(inode(second.pid, 'pid'), inode(first.pid, 'pid'));
        assert.equal(pidsOf(second.pid).length, 2);
        assert.notEqual(pidsOf(second.pid)[1], 1, 'the first container has process 1');
        const spec = specOf({ args: ['sh', '-c', 'ps -o pid,comm'] }, joined('pid', `/proc/${first.pid}/ns/pid`));
        const { text } = await runBox({ spec });
        assert.equal(text.match(/sleep/g)?.length, 2, text);
        process.kill(first.pid, 'SIGKILL');
        assert.equal(await second.wait(), 137, 'with its process 1 all others end');
      });
    }));

  it('is entered as its root, for users, and owns all that is new', async function () {
    if (!features().userNamespace) skip(this, 'no user namespaces');
    await withSleeper(withNewUser, async (first) => {
      assert.notEqual(userNamespace(first.pid), userNamespace('self'));
      await withSleeper(joined('user', `/proc/${first.pid}/ns/user`), async (second) => {
        assert.equal(inode(second.pid, 'user'), inode(first.pid, 'user'));
        assert.match(readStatus(second.pid)?.get('Uid') ?? '', /^100000\s/);
        for (const type of made) {
          assert.notEqual(inode(second.pid, type), inode(first.pid, type), type);
          assert.equal(ownerOf(second.pid, type), userNamespace(first.pid), `the owner of ${type}`);
        }
      });
    });
  });

  it('is owned by a new user namespace that comes with it, or else by ours', async function () {
    await withSleeper(undefined, async ({ pid }) => {
      for (const type of made) assert.equal(ownerOf(pid, type), userNamespace('self'), type);
    });
    if (!features().userNamespace) skip(this, 'no user namespaces');
    const all: NamespaceType[] = [...made];
    if (features().cgroupNamespace) all.push('cgroup');
    if (features().timeNamespace) all.push('time');
    const change = (spec: Spec): void => {
      withNewUser(spec);
      if (features().timeNamespace) spec.linux!.namespaces!.push({ type: 'time' });
    };
    await withSleeper(change, async ({ pid }) => {
      for (const type of all) assert.equal(ownerOf(pid, type), userNamespace(pid), type);
    });
  });

  it('is refused by name when its path is missing or of another type', async () => {
    await assert.rejects(create(boxed({ spec: sleeper(joined('ipc', '/no/such/namespace')) })), {
      code: 'SYSCALL',
      errno: ENOENT,
      message: /cannot join the ipc namespace \/no\/such\/namespace/,
    });
    await assert.rejects(create(boxed({ spec: sleeper(joined('ipc', '/proc/self/ns/uts')) })), {
      code: 'STEP_FAILED',
      call: 'setns',
      errno: EINVAL,
      args: ['/proc/self/ns/uts', 'ipc'],
    });
  });
});

describe('a name without a UTS namespace', () => {
  for (const [name, change] of [
    ['hostname', () => undefined],
    ['domainname', (spec: Spec) => ((spec.hostname = undefined), (spec.domainname = 'sea'))],
  ] as const)
    it(`is refused as ${name}: it would be the host that is renamed`, async () => {
      const before = readFileSync(`/proc/sys/kernel/${name}`, 'utf8');
      const spec = specOf({ args: ['true'] }, (config) => {
        config.linux!.namespaces = config.linux!.namespaces!.filter(({ type }) => type !== 'uts');
        change(config);
      });
      await assert.rejects(create(boxed({ spec })), {
        code: 'SPEC_INVALID',
        message: `${name} without a UTS namespace would rename the host`,
      });
      assert.equal(readFileSync(`/proc/sys/kernel/${name}`, 'utf8'), before);
    });
});
