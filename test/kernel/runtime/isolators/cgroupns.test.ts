/** The cgroup of a container, seen from outside and, with a cgroup namespace, from inside. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { features } from '../../../../src/linux/features.ts';
import { parseMountinfo } from '../../../../src/linux/mountinfo.ts';
import { hierarchies, processesIn } from '../../../../src/runtime/cgroupfs.ts';
import type { Spec } from '../../../../src/runtime/spec.ts';
import { boxed, fresh, leavesNothing, output, runBox, skip, specOf, until, withBox } from '../../support.ts';

const look = 'cat /proc/self/cgroup; echo; cat /proc/self/mountinfo';

const withoutNamespace = (spec: Spec): void => {
  spec.linux!.namespaces = spec.linux!.namespaces!.filter(({ type }) => type !== 'cgroup');
};

/** Paths of /proc/PID/cgroup, by the line's controllers. */
const pathsOf = (text: string): string[] =>
  text
    .trim()
    .split('\n')
    .map((line) => line.split(':').slice(2).join(':'));

describe('a cgroup namespace', function () {
  leavesNothing();
  before(function () {
    if (features().cgroup === 'none') skip(this, 'no cgroup file system is mounted');
  });

  it('has the cgroup of the container as its root, on v1 and on v2', async function () {
    if (!features().cgroupNamespace) skip(this, 'no cgroup namespaces');
    const { text } = await runBox({ spec: specOf({ args: ['sh', '-c', look] }) });
    const [cgroups, mountinfo] = text.split('\n\n') as [string, string];
    assert.deepEqual([...new Set(pathsOf(cgroups))], ['/']);
    const mounts = parseMountinfo(mountinfo).filter(({ type }) => type.startsWith('cgroup'));
    assert.equal(mounts.length, hierarchies().length);
    for (const mount of mounts) {
      assert.equal(mount.root, '/', mount.mountPoint);
      assert(mount.options.includes('ro'), mount.mountPoint);
    }
    assert.deepEqual(
      new Set(mounts.map(({ type }) => type)),
      new Set(hierarchies().map(({ version }) => (version === 2 ? 'cgroup2' : 'cgroup'))),
    );
  });

  it('is missed: without it the path on the host shows inside', async () => {
    const id = fresh('seen');
    const { text } = await runBox({ id, spec: specOf({ args: ['sh', '-c', look] }, withoutNamespace) });
    assert.match(text, new RegExp(`:/drydock/${id}$`, 'm'));
  });

  it('hides nothing from the host, where the process is in drydock/ID of each hierarchy', async () => {
    const out = output();
    const options = boxed({
      spec: specOf({ args: ['sh', '-c', 'cat /sys/fs/cgroup/cgroup.procs /sys/fs/cgroup/*/cgroup.procs; sleep 1000'] }),
      stdio: out.stdio,
    });
    await withBox(options, async ({ id, pid }) => {
      const paths = pathsOf(readFileSync(`/proc/${pid}/cgroup`, 'utf8'));
      assert.equal(paths.filter((path) => path === `/drydock/${id}`).length, hierarchies().length);
      for (const { mountPoint } of hierarchies())
        assert(processesIn(join(mountPoint, 'drydock', id)).includes(pid), mountPoint);
      await until('its own number in its own cgroup', () => /^1$/m.test(out.text()));
    });
    out.close();
  });
});
