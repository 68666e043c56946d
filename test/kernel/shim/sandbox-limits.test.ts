/** The limits of the dock: of memory, of processes; and those that it leaves to the containers in it. */
import assert from 'node:assert/strict';
import { endStarted, inDock } from './support.ts';

describe('the limits of drydock-shim sandbox', () => {
  afterEach(endStarted);
  /** Enough on any machine; without the limit it would go on for ever. */
  const seconds = String(5 * Number(process.env.DRYDOCK_SLOWNESS ?? 1));

  it('end a fork bomb', async () => {
    const { code, err } = await inDock('b() { b | b & }; b; sleep 0.3; exit 3', '--pids', '48', '--seconds', seconds);
    assert.match(err, /[Cc]annot fork/);
    // A shell that cannot fork for its own sleep ends with 2.
    assert.ok(code === 3 || code === 2, `${code}`);
  });

  it('end what eats the memory, and say so', async () => {
    const { code, err } = await inDock('tail /dev/zero', '--memory', String(32 << 20));
    assert.equal(code, 137);
    assert.match(err, /drydock-shim: sandbox: the memory limit of 33554432 bytes ended a process in it\n$/);
  });

  it('are not those of a container in it, which the kernel counts as well', async () => {
    const script = `for at in /sys/fs/cgroup/memory /sys/fs/cgroup; do
        [ ! -e $at/memory.limit_in_bytes ] || { mkdir $at/box; echo 16M >$at/box/memory.limit_in_bytes; break; }
        [ ! -e $at/memory.events ] || { mkdir $at/box; echo 16M >$at/box/memory.max; echo 0 >$at/box/memory.swap.max; break; }
      done; sh -c "echo \\$\\$ >$at/box/cgroup.procs; exec tail /dev/zero"; echo $?`;
    const { out, err } = await inDock(script, '--memory', String(256 << 20));
    assert.equal(out, '137\n');
    assert.doesNotMatch(err, /the memory limit/);
  });

  it('leave a container one of processor time, also where the root of cgroup v2 does not hand that down', async () => {
    const { out } = await inDock(`for at in /sys/fs/cgroup/cpu /sys/fs/cgroup/cpu,cpuacct /sys/fs/cgroup; do
      mkdir $at/box 2>/dev/null && ls $at/box | grep -x -e cpu.max -e cpu.cfs_quota_us && break; done`);
    assert.match(out, /^cpu[.](max|cfs_quota_us)\n$/);
  });

  it('are lifted by no container', async () => {
    const script =
      'find /sys/fs/cgroup -name pids.max -o -name memory.max -o -name memory.limit_in_bytes 2>/dev/null | xargs -r grep -l 12345678 ';
    const { out } = await inDock(script, '--memory', '123456782976', '--pids', '1234567');
    assert.equal(out, '');
  });
});
