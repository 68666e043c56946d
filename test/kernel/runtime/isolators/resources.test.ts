/** Limits for a whole container, in the files of this machine's cgroups; pause, update, what it uses, what kills it. */
import assert from 'node:assert/strict';
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmdirSync,
  rmSync,
  watch as watchFile,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { features } from '../../../../src/linux/features.ts';
import { native } from '../../../../src/linux/native.ts';
import { deviceFilter, deviceProgram } from '../../../../src/runtime/cgroup-devices.ts';
import { hierarchies } from '../../../../src/runtime/cgroupfs.ts';
import { create, start, state } from '../../../../src/runtime/container.ts';
import { cgroupsOf } from '../../../../src/runtime/existing.ts';
import { exec } from '../../../../src/runtime/exec.ts';
import { placeOf } from '../../../../src/runtime/isolators/cgroups.ts';
import { kill } from '../../../../src/runtime/kill.ts';
import { oomKills, watchOom } from '../../../../src/runtime/oom.ts';
import { pause, resume } from '../../../../src/runtime/pause.ts';
import { remove } from '../../../../src/runtime/remove.ts';
import type { Resources } from '../../../../src/runtime/resources.ts';
import type { Spec } from '../../../../src/runtime/spec.ts';
import { readClaims, readState, saveClaims, stateDir } from '../../../../src/runtime/state.ts';
import { pidsOfContainer, stats } from '../../../../src/runtime/stats.ts';
import { update } from '../../../../src/runtime/update.ts';
import {
  boxed,
  leavesNothing,
  output,
  run,
  runBox,
  skip,
  specOf,
  until,
  withAllPowers,
  withBox,
} from '../../support.ts';

const having = (resources: Resources, args = ['sleep', '1000'], change?: (spec: Spec) => void): Spec =>
  specOf({ args }, (spec) => {
    spec.linux!.resources = resources;
    change?.(spec);
  });

/** A file of the container's cgroups, by its name in v1 or in v2. */
function file(id: string, controller: string, old: string, young: string): string {
  const { controllers, unified } = placeOf(readClaims(stateDir(run, id))!.claims.cgroups);
  const directory = controllers[controller];
  return readFileSync(directory ? join(directory, old) : join(unified!.directory, young), 'utf8').trim();
}

const isThere = (controller: string): boolean =>
  hierarchies([controller]).some(({ controllers }) => controllers.includes(controller)) || features().cgroup === 'v2';

const memory = (id: string): string => file(id, 'memory', 'memory.limit_in_bytes', 'memory.max');
const pids = (id: string): string => file(id, 'pids', 'pids.max', 'pids.max');
const processOf = (args: string[]) => ({ args, cwd: '/', user: { uid: 0, gid: 0 }, env: ['PATH=/bin'] });

describe('limits of a container', function () {
  leavesNothing();
  before(function () {
    if (hierarchies().length === 0) skip(this, 'no cgroups');
    // Node keeps one descriptor for all that it ever watches.
    watchFile('/', () => undefined).close();
  });

  it('are written before its process exists', async () => {
    const limits: Resources = {
      memory: { limit: 64 << 20 },
      cpu: { quota: 50_000, period: 100_000 },
      pids: { limit: 20 },
    };
    await withBox(boxed({ spec: having(limits) }), ({ id }) => {
      assert.equal(memory(id), String(64 << 20));
      assert.equal(pids(id), '20');
      assert.match(file(id, 'cpu', 'cpu.cfs_quota_us', 'cpu.max'), /^50000/);
    });
  });

  it('stop a fork bomb', async () => {
    const args = ['sh', '-c', 'for i in 1 2 3 4 5 6 7 8 9; do sleep 100 & done; wait'];
    const { code, text } = await runBox({ spec: having({ pids: { limit: 5 } }, args) });
    assert.notEqual(code, 0);
    assert.match(text, /can't fork/);
  });

  it('may be one process alone', async () => {
    assert.equal((await runBox({ spec: having({ pids: { limit: 1 } }, ['true']) })).code, 0);
  });

  it('of processors join a hierarchy that is not joined without them', async function () {
    if (!isThere('cpuset')) skip(this, 'no cpusets');
    await withBox(boxed({ spec: having({ cpu: { cpus: '0' } }) }), ({ id, pid }) => {
      assert.equal(file(id, 'cpuset', 'cpuset.cpus', 'cpuset.cpus'), '0');
      assert.match(readFileSync(`/proc/${pid}/status`, 'utf8'), /^Cpus_allowed_list:\s+0$/m);
    });
  });

  it('of packets, their marks and priorities, join the hierarchies that nothing else needs', async function () {
    const mounted = new Set(hierarchies(['net_cls', 'net_prio']).flatMap(({ controllers }) => controllers));
    if (!mounted.has('net_cls') || !mounted.has('net_prio')) skip(this, 'no net_cls and net_prio');
    const network = { classID: 0x10001, priorities: [{ name: 'lo', priority: 7 }] };
    await withBox(boxed({ spec: having({ network }) }), ({ id }) => {
      assert.equal(file(id, 'net_cls', 'net_cls.classid', ''), '65537');
      assert.match(file(id, 'net_prio', 'net_prio.ifpriomap', ''), /^lo 7$/m);
    });
  });

  it('that the kernel refuses are an error with their place, and nothing is left', async () => {
    const refused = (resources: Resources, message: RegExp): Promise<void> =>
      assert.rejects(create(boxed({ spec: having(resources) })), { message });
    await refused({ cpu: { quota: 1, period: 100_000 } }, /linux\.resources\.cpu\.quota: cannot write .*EINVAL/);
    await refused({ hugepageLimits: [{ pageSize: '3MB', limit: 1 }] }, /linux\.resources\.hugepageLimits: there is no/);
    await refused({ unified: { 'memory.wind': '1' } }, /unified\.memory\.wind: there is no/);
    if (isThere('cpuset')) await refused({ cpu: { cpus: '4000' } }, /linux\.resources\.cpu\.cpus/);
  });

  it('of memory end what goes beyond them, and somebody is told', async () => {
    const args = ['sh', '-c', 'read x; dd if=/dev/zero of=/dev/null bs=100M count=1'];
    const [ours, theirs] = native.seqpacketPair();
    const nothing = openSync('/dev/null', 'w');
    const limits = { memory: { limit: 32 << 20, swap: 32 << 20 } };
    const options = boxed({ spec: having(limits, args), stdio: [theirs, nothing, nothing] });
    const box = await create(options);
    let told = 0;
    const watch = watchOom(
      run,
      options.id,
      () => told++,
      () => undefined,
    );
    try {
      await start(run, options.id);
      native.send(ours, '\n');
      await until('the kill is told', () => told > 0);
      // It is told before the kill is counted.
      const { claims } = readClaims(stateDir(run, options.id))!;
      await until('the kill is counted', () => oomKills(claims.cgroups) > 0);
    } finally {
      watch.close();
      await remove(run, options.id, { force: true });
      await box.wait();
      for (const fd of [ours, theirs, nothing]) closeSync(fd);
    }
  });

  it('of devices refuse what is not allowed, also to root with all its powers', async () => {
    const line =
      'mknod /tmp/disk b 254 0; cat /tmp/disk; mknod /tmp/kmsg c 1 11; cat /tmp/kmsg; head -c 1 /dev/zero | wc -c';
    const list: Resources['devices'] = [{ allow: false, access: 'rwm' }];
    const spec = having({ devices: list }, ['sh', '-c', `${line} 2>&1; rm /tmp/disk /tmp/kmsg`], withAllPowers);
    const out = output();
    try {
      const { text } = await runBox({ spec });
      assert.match(text, /disk.*not permitted.*kmsg.*not permitted.*1\n$/s);
    } finally {
      out.close();
    }
  });
});

describe('a container', function () {
  leavesNothing();
  before(function () {
    if (hierarchies().length === 0) skip(this, 'no cgroups');
  });

  it('that is paused stands still, is entered by nobody, and goes on', async () => {
    const out = output();
    const spec = specOf({ args: ['sh', '-c', 'while :; do echo x; usleep 1000 2>/dev/null || sleep 0.01; done'] });
    await withBox(boxed({ spec, stdio: out.stdio }), async ({ id, pid }) => {
      await pause(run, id);
      assert.equal(state(run, id).status, 'paused');
      const before = out.text().length;
      assert.match(readFileSync(`/proc/${pid}/stat`, 'utf8'), /\) [DS] /);
      await assert.rejects(pause(run, id), { code: 'WRONG_STATE', message: /it is paused/ });
      await assert.rejects(exec(run, id, { process: processOf(['true']) }), { code: 'WRONG_STATE', message: /paused/ });
      assert.equal(out.text().length, before);
      resume(run, id);
      assert.equal(state(run, id).status, 'running');
      await until('it goes on', () => out.text().length > before);
      assert.throws(() => resume(run, id), { code: 'WRONG_STATE' });
    });
    out.close();
  });

  it('that is paused before its start is not started', async () => {
    const options = boxed({ spec: specOf({ args: ['sleep', '1000'] }) });
    const box = await create(options);
    await pause(run, options.id);
    await assert.rejects(start(run, options.id), { code: 'WRONG_STATE', message: /it is paused, not created/ });
    resume(run, options.id);
    await start(run, options.id);
    await remove(run, options.id, { force: true });
    await box.wait();
  });

  it('that is paused can be killed, and removed', async () => {
    const options = boxed({ spec: specOf({ args: ['sleep', '1000'] }) });
    const box = await create(options);
    await start(run, options.id);
    await pause(run, options.id);
    kill(run, options.id, 9);
    assert.equal(await box.wait(), 137);
    await remove(run, options.id);
    await withBox(boxed({ spec: specOf({ args: ['sleep', '1000'] }) }), ({ id }) => pause(run, id));
  });

  it('gets other limits while it runs, all or none of them', async () => {
    await withBox(boxed({ spec: having({ memory: { limit: 64 << 20 }, pids: { limit: 20 } }) }), async ({ id }) => {
      await update(run, id, { pids: { limit: 30 }, memory: { limit: 48 << 20 } });
      assert.deepEqual([pids(id), memory(id)], ['30', String(48 << 20)]);
      assert.deepEqual(readState(run, id).spec.linux!.resources, {
        memory: { limit: 48 << 20 },
        pids: { limit: 30 },
      });
      await assert.rejects(update(run, id, { memory: { limit: 40 << 20 }, cpu: { period: 5 } }), /cpu\.(period|quota)/);
      assert.equal(memory(id), String(48 << 20), 'as before');
      assert.equal(readState(run, id).spec.linux!.resources!.memory!.limit, 48 << 20);
    });
  });

  it('is told a limit of processors later, too', async function () {
    if (!isThere('cpuset')) skip(this, 'no cpusets');
    await withBox(boxed({ spec: specOf({ args: ['sleep', '1000'] }) }), async ({ id, pid }) => {
      await update(run, id, { cpu: { cpus: '1' } });
      assert.match(readFileSync(`/proc/${pid}/status`, 'utf8'), /^Cpus_allowed_list:\s+1$/m);
      const added = await exec(run, id, { process: processOf(['grep', 'Cpus_allowed_list', '/proc/self/status']) });
      assert.equal(await added.wait(), 0);
    });
  });

  it('that is gone is neither paused nor changed', async () => {
    await assert.rejects(pause(run, 'nobody'), { code: 'NO_SUCH_CONTAINER' });
    await assert.rejects(update(run, 'nobody', {}), { code: 'NO_SUCH_CONTAINER' });
  });

  it('says what it uses, and which processes are in it', async () => {
    const spec = specOf({ args: ['sh', '-c', 'sleep 1000 & sleep 1000 & wait'] });
    await withBox(boxed({ spec }), async ({ id, pid }) => {
      const all = await until('three processes', () => {
        const found = pidsOfContainer(run, id);
        return found.length === 3 && found;
      });
      assert(all.includes(pid));
      const { memory: used, pids: counted, cpu } = stats(run, id);
      assert.equal(counted.current, 3);
      assert(used.usage.usage > 0 && cpu.usage.total > 0);
    });
  });

  it('says how much of its huge pages it uses', async function () {
    if (!isThere('hugetlb')) skip(this, 'no hugetlb controller');
    const hugepageLimits = [{ pageSize: '2MB', limit: 4 << 20 }];
    await withBox(boxed({ spec: having({ hugepageLimits }) }), ({ id }) => {
      const { limit, usage, failcnt } = stats(run, id).hugetlb['2MB']!;
      assert.deepEqual({ limit, usage, failcnt }, { limit: 4 << 20, usage: 0, failcnt: 0 });
    });
  });

  it('is watched with no descriptor more when the kernel refuses to tell of its memory', async () => {
    await withBox(boxed({ spec: specOf({ args: ['sleep', '1000'] }) }), ({ id }) => {
      const dir = stateDir(run, id);
      const { claims } = readClaims(dir)!;
      // Looks like the memory hierarchy of v1; nobody can write to its event_control.
      const fake = join(dir, 'fake');
      mkdirSync(join(fake, 'cgroup.event_control'), { recursive: true });
      writeFileSync(join(fake, 'memory.oom_control'), '');
      const cgroups = { memory: { directory: fake, root: dir, controllers: ['memory'], made: [] } };
      try {
        saveClaims(dir, id, { ...claims, cgroups });
        const nothing = (): void => undefined;
        assert.throws(() => watchOom(run, id, nothing, nothing), { code: 'EISDIR' });
      } finally {
        saveClaims(dir, id, claims);
        rmSync(fake, { recursive: true });
      }
    });
  });

  it('has the cgroups that systemd would give it', async () => {
    const spec = specOf({ args: ['sleep', '1000'] }, ({ linux }) => {
      linux!.cgroupsPath = `drydock-${process.pid}.slice:test:box`;
    });
    await withBox(boxed({ spec }), ({ id }) => {
      for (const path of cgroupsOf(stateDir(run, id)))
        assert(path.endsWith(`/drydock.slice/drydock-${process.pid}.slice/test-box.scope`), path);
    });
  });
});

describe('a program that the kernel asks about devices', function () {
  it('decides for a cgroup of v2, and is replaced without a gap', function () {
    if (!features().cgroupDeviceProgram) skip(this, 'no such programs');
    const unified = hierarchies().find(({ name }) => name === 'unified');
    if (!unified) skip(this, 'no cgroup v2');
    const directory = join(unified.mountPoint, `drydock-device-${process.pid}`);
    mkdirSync(directory);
    const fd = openSync(directory, 'r');
    const home = join(unified.mountPoint, /^0::(.*)$/m.exec(readFileSync('/proc/self/cgroup', 'utf8'))![1]!);
    const opens = (path: string): boolean => {
      try {
        closeSync(openSync(path, 'r'));
        return true;
      } catch (error) {
        assert.equal((error as NodeJS.ErrnoException).code, 'EPERM');
        return false;
      }
    };
    try {
      native.attachDeviceProgram(fd, deviceProgram(deviceFilter()));
      writeFileSync(join(directory, 'cgroup.procs'), String(process.pid));
      assert.deepEqual([opens('/dev/zero'), opens('/dev/kmsg')], [true, false]);
      native.attachDeviceProgram(fd, deviceProgram(deviceFilter([{ allow: true, type: 'c', major: 1, minor: 11 }])));
      assert.deepEqual([opens('/dev/zero'), opens('/dev/kmsg')], [true, true]);
      native.attachDeviceProgram(
        fd,
        deviceProgram({ allow: true, exceptions: [{ type: 'c', major: 1, minor: 11, access: 'r' }] }),
      );
      assert.deepEqual([opens('/dev/zero'), opens('/dev/kmsg')], [true, false]);
    } finally {
      closeSync(fd);
      writeFileSync(join(home, 'cgroup.procs'), String(process.pid));
      if (existsSync(directory)) rmdirSync(directory);
    }
  });
});
