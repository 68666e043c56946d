/** What `info` says of a machine that can limit only some things, under cgroup v1 and v2. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { limitsHere, limitWarnings } from '../../../src/engine/limits.ts';
import { parseMountinfo } from '../../../src/linux/mountinfo.ts';
import { controllersHere } from '../../../src/runtime/cgroupfs.ts';

describe('what info warns of', () => {
  let root: string;
  before(() => (root = mkdtempSync(join(tmpdir(), 'dd-limits-'))));
  after(() => rmSync(root, { recursive: true, force: true }));

  /** A machine whose one hierarchy is v2, with what `cgroup.controllers` says. */
  function unified(controllers: string, isSwapCounted = true): string[] | null {
    writeFileSync(join(root, 'cgroup.controllers'), `${controllers}\n`);
    const line = `35 24 0:30 / ${root} rw,nosuid,nodev,noexec,relatime shared:9 - cgroup2 cgroup2 rw,nsdelegate\n`;
    return limitWarnings(limitsHere(controllersHere(parseMountinfo(line)), isSwapCounted));
  }

  it('is nothing under v2 with all controllers', () => {
    assert.equal(unified('cpuset cpu io memory hugetlb pids rdma misc'), null);
  });

  it('is each controller that v2 has not got', () => {
    assert.deepEqual(unified('cpu memory'), ['WARNING: No cpuset support', 'WARNING: No pids limit support']);
    assert.deepEqual(unified('cpuset io pids'), [
      'WARNING: No memory limit support',
      'WARNING: No swap limit support',
      'WARNING: No cpu cfs quota support',
      'WARNING: No cpu cfs period support',
      'WARNING: No cpu shares support',
    ]);
    assert.equal(unified('')?.length, 7);
  });

  it('is the swap alone where it is not counted', () => {
    assert.deepEqual(unified('cpuset cpu io memory pids', false), ['WARNING: No swap limit support']);
  });

  it('counts the controllers of both where v1 has some and v2 the rest', () => {
    writeFileSync(join(root, 'cgroup.controllers'), 'memory pids\n');
    const mounts = parseMountinfo(
      `35 24 0:30 / ${root} rw shared:9 - cgroup2 cgroup2 rw\n` +
        '36 24 0:31 / /sys/fs/cgroup/cpu,cpuacct rw shared:10 - cgroup cgroup rw,cpu,cpuacct\n',
    );
    assert.deepEqual(limitWarnings(limitsHere(controllersHere(mounts), true)), ['WARNING: No cpuset support']);
  });
});
