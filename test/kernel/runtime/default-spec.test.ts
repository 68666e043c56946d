/** The container that the default config makes, and what the kernel says about each part of it. */
import assert from 'node:assert/strict';
import { cpSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { MNT_DETACH, MS_NODEV, MS_NOEXEC, MS_NOSUID, MS_SHARED } from '../../../src/linux/constants.ts';
import { EEXIST, EPERM } from '../../../src/linux/errno.ts';
import { features } from '../../../src/linux/features.ts';
import { parseMountinfo, readMountinfo } from '../../../src/linux/mountinfo.ts';
import { native } from '../../../src/linux/native.ts';
import { create, start } from '../../../src/runtime/container.ts';
import { remove } from '../../../src/runtime/remove.ts';
import type { Isolator } from '../../../src/runtime/isolator.ts';
import { isolators } from '../../../src/runtime/isolators/index.ts';
import { slot } from '../../../src/runtime/plan.ts';
import { boxed, folder, fresh, leavesNothing, makeBundle, run, runBox, shell, skip, specOf } from '../support.ts';

describe('the default container', function () {
  leavesNothing();

  it('has each of its mounts with what confines it', async () => {
    const { text } = await shell('cat /proc/self/mountinfo');
    const found = Object.fromEntries(parseMountinfo(text).map((mount) => [mount.mountPoint, mount]));
    const confined = ['nosuid', 'nodev', 'noexec'];
    const wanted: Record<string, string[]> = {
      '/proc': confined,
      '/dev': ['nosuid'],
      '/dev/pts': ['nosuid', 'noexec'],
      '/dev/shm': confined,
      '/dev/mqueue': confined,
      '/sys': [...confined, 'ro'],
    };
    for (const [path, options] of Object.entries(wanted))
      for (const option of options) assert(found[path]?.options.includes(option), `${path}: ${option}`);
    for (const option of ['gid=5', 'mode=620', 'ptmxmode=666'])
      assert(found['/dev/pts']!.superOptions.split(',').includes(option), option);
    const cgroups = Object.keys(found).filter((path) => path.startsWith('/sys/fs/cgroup'));
    for (const path of cgroups)
      for (const option of [...confined, 'ro']) assert(found[path]!.options.includes(option), `${path}: ${option}`);
  });

  it('has devices for everybody, whatever our umask', async () => {
    const old = process.umask(0o077);
    try {
      const { text } = await shell('cd /dev; stat -c "%n %a %u:%g %t:%T" null zero full random urandom tty');
      const lines = ['null 1:3', 'zero 1:5', 'full 1:7', 'random 1:8', 'urandom 1:9', 'tty 5:0'];
      assert.deepEqual(
        text.trim().split('\n'),
        lines.map((line) => line.replace(' ', ' 666 0:0 ')),
      );
    } finally {
      process.umask(old);
    }
  });

  it('has a device that was asked for with its kind, mode and owner', async () => {
    const old = process.umask(0);
    const { text } = await shell('stat -c "%F %a %u:%g %t:%T" /dev/deep /dev/deep/disk /dev/pipe', ({ linux }) => {
      linux!.devices = [
        { path: '/dev/deep/disk', type: 'b', major: 7, minor: 3, fileMode: 0o640, uid: 12, gid: 34 },
        { path: '/dev/pipe', type: 'p', fileMode: 0o622 },
      ];
    }).finally(() => process.umask(old));
    assert.equal(text, 'directory 755 0:0 0:0\nblock special file 640 12:34 7:3\nfifo 622 0:0 0:0\n');
  });

  it('makes no device in a /dev that is bound from the host', async () => {
    const dev = join(folder, fresh('dev'));
    for (const name of ['pts', 'shm', 'mqueue']) mkdirSync(join(dev, name), { recursive: true });
    const found = readdirSync(dev);
    const { code } = await shell('true', (spec) => {
      spec.mounts = spec.mounts!.filter(({ destination }) => destination !== '/dev');
      spec.mounts.splice(1, 0, { destination: '/dev', type: 'bind', source: dev, options: ['rbind'] });
    });
    assert.equal(code, 0);
    assert.deepEqual(readdirSync(dev), found);
    rmSync(dev, { recursive: true });
  });

  it('has the NIS domain that was asked for', async () => {
    const { text } = await shell('cat /proc/sys/kernel/domainname', (spec) => void (spec.domainname = 'fleet'));
    assert.equal(text, 'fleet\n');
  });

  it('may have a file of numbers over procfs', async () => {
    const source = join(folder, fresh('uptime'));
    writeFileSync(source, '1.00 2.00\n');
    const { text } = await shell('cat /proc/uptime', ({ mounts }) => {
      mounts!.push({ destination: '/proc/uptime', type: 'bind', source, options: ['bind'] });
    });
    assert.equal(text, '1.00 2.00\n');
    rmSync(source);
  });

  it('has a volume with the propagation that was asked for', async () => {
    const { text } = await shell('cat /proc/self/mountinfo', ({ mounts }) => {
      mounts!.push({ destination: '/shared', type: 'bind', source: folder, options: ['rbind', 'rshared'] });
    });
    assert(parseMountinfo(text).find(({ mountPoint }) => mountPoint === '/shared')!.tags.shared);
  });

  it('has a volume read-only in a user namespace also when its owner has locked other flags', async function () {
    if (!features().userNamespace) skip(this, 'no user namespaces');
    const source = join(folder, fresh('locked'));
    mkdirSync(source);
    native.mount('tmpfs', source, 'tmpfs', MS_NOSUID | MS_NODEV | MS_NOEXEC, null);
    try {
      const { text } = await shell('touch /locked/file 2>&1; cat /proc/self/mountinfo', (spec) => {
        spec.linux!.namespaces!.push({ type: 'user' });
        spec.linux!.uidMappings = spec.linux!.gidMappings = [{ containerID: 0, hostID: 0, size: 65_536 }];
        spec.mounts!.push({ destination: '/locked', type: 'bind', source, options: ['rbind', 'ro'] });
      });
      assert.match(text, /Read-only file system/);
      const { options } = parseMountinfo(text.slice(text.indexOf('\n') + 1)).find(
        ({ mountPoint }) => mountPoint === '/locked',
      )!;
      for (const option of ['ro', 'nosuid', 'nodev', 'noexec']) assert(options.includes(option), option);
    } finally {
      native.umount2(source, MNT_DETACH);
    }
  });

  it('makes no mount appear on the host, where the host shares those around its files', async () => {
    const shared = join(folder, fresh('shared'));
    mkdirSync(shared);
    native.mount('tmpfs', shared, 'tmpfs', 0, null);
    try {
      native.mount(null, shared, null, MS_SHARED, null);
      const box = makeBundle();
      const rootfs = join(shared, 'rootfs');
      cpSync(join(box, 'rootfs'), rootfs, { recursive: true, verbatimSymlinks: true });
      const seen = (): string[] => readMountinfo().map(({ id, mountPoint }) => `${id} ${mountPoint}`);
      const before = seen();
      const options = boxed({ spec: specOf({ args: ['true'], root: rootfs }) });
      const made = await create(options);
      assert.deepEqual(seen(), before);
      await start(run, options.id);
      assert.equal(await made.wait(), 0);
      await remove(run, options.id);
      assert.deepEqual(seen(), before);
    } finally {
      native.umount2(shared, MNT_DETACH);
    }
  });

  it('is refused with new user ids and no maps for them', () =>
    assert.rejects(
      shell('true', ({ linux }) => void linux!.namespaces!.push({ type: 'user' })),
      { code: 'SPEC_INVALID', message: /uidMappings/ },
    ));
});

describe('a step', function () {
  leavesNothing();

  const twice = (...errnos: number[]): Isolator => ({
    name: 'twice',
    summary: 'makes a link that is there',
    steps: (plan) => void plan.symlink_at(slot('root'), '/dev/fd', 'elsewhere').tolerate(...errnos),
  });

  it('may fail with what it tolerates, and with nothing else', async () => {
    const spec = specOf({ args: ['readlink', '/dev/fd'] });
    const { code, text } = await runBox({ spec, isolators: [...isolators, twice(EPERM, EEXIST)] });
    assert.deepEqual([code, text], [0, '/proc/self/fd\n']);
    const refused = runBox({ spec, isolators: [...isolators, twice(EPERM)] });
    await assert.rejects(refused, { code: 'STEP_FAILED', call: 'symlink_at', errno: EEXIST });
  });
});
