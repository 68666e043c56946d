import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { features } from '../../../src/linux/features.ts';
import { endStarted, eventually, inDock, processesWith, type Running, SHIM, start, withFolder } from './support.ts';

const sh = (script: string): string[] => ['/bin/sh', '-c', script];

/** Starts a dock. */
function dock(command: readonly string[], ...options: string[]): Running {
  return start(SHIM, ['sandbox', ...options, '--', ...command]);
}

/** Every cgroup of a dock, in every hierarchy. Others may come and go while we look. */
function dockCgroups(): string[] {
  const found = spawnSync('find', ['/sys/fs/cgroup', '-type', 'd', '-name', 'drydock-dock-*', '-prune'], {
    encoding: 'utf8',
  });
  return found.stdout.split('\n').filter(Boolean);
}

/** A command line that nobody else has. */
const napping = `sleep ${70000 + process.pid}`;
const nap = napping.replace(' ', '\0');

const mounts = (): string => readFileSync('/proc/self/mountinfo', 'utf8');

describe('drydock-shim sandbox', () => {
  afterEach(endStarted);

  describe('passes on how the command ended', () => {
    for (const [name, script, code] of [
      ['its exit code', 'exit 9', 9],
      ['128 + n for a signal', 'kill -9 $$', 137],
    ] as const) {
      it(name, async () => assert.equal((await inDock(script)).code, code));
    }

    it('its exit code, also when the dock was started with SIGCHLD ignored', async () => {
      assert.equal(await start('env', ['--ignore-signal=CHLD', SHIM, 'sandbox', '--', ...sh('exit 9')]).code, 9);
    });

    it('127 and 126 when it could not be executed', async () => {
      const missing = dock(['no-such-program']);
      assert.equal(await missing.code, 127);
      assert.match(missing.err(), /drydock-shim: sandbox: execve no-such-program: No such file or directory/);
      assert.equal(await dock(['/etc/passwd']).code, 126);
    });

    it('125 for a command line that makes no sense', async () => {
      for (const args of [
        ['--pids', '0', '--', 'true'],
        ['--pids', 'x', '--', 'true'],
        ['--nonsense', '--', 'true'],
        [],
      ]) {
        const running = start(SHIM, ['sandbox', ...args]);
        assert.equal(await running.code, 125);
        assert.match(running.err(), /drydock-shim: sandbox: .*\nusage: /);
      }
    });
  });

  describe('protects the files of the host', () => {
    it('from removal, wherever they are', () =>
      withFolder(async (folder) => {
        const canary = join(folder, 'canary');
        mkdirSync(canary);
        writeFileSync(join(canary, 'file'), 'alive');
        const { code, err } = await inDock(`rm -rf ${canary} && exit 0; exit 3`, '--readable', folder);
        assert.equal(code, 3);
        assert.match(err, /Read-only file system/);
        assert.equal(readFileSync(join(canary, 'file'), 'utf8'), 'alive');
      }));

    it('from being written, in every mount', async () => {
      const { out } = await inDock(
        `for at in / /etc /usr /var /home /root /sys /boot; do touch $at/drydock-was-here && echo $at; done`,
      );
      assert.equal(out, '');
    });

    it('but lets everything be written in the writable folders, also below /tmp and /run', () =>
      withFolder(async (folder) => {
        const run = `/run/drydock-test-${process.pid}/deep`;
        const writable = ['--writable', folder, '--writable', run];
        const { code, err } = await inDock(`echo a > ${folder}/a && echo b > ${run}/b && rm ${run}/b`, ...writable);
        assert.equal(err, '');
        assert.equal(code, 0);
        assert.equal(readFileSync(join(folder, 'a'), 'utf8'), 'a\n');
        assert.ok(existsSync(run));
        spawnSync('rmdir', ['-p', '--ignore-fail-on-non-empty', run]);
      }));

    it('but lets a folder be written that lies in one that may only be read, in whatever order they are named', () =>
      withFolder(async (folder) => {
        mkdirSync(join(folder, 'inner'));
        const windows = [
          ['--writable', join(folder, 'inner')],
          ['--readable', folder],
        ];
        for (const order of [windows, [...windows].reverse()]) {
          const { code, err } = await inDock(`touch ${folder}/inner/file && ! touch ${folder}/file`, ...order.flat());
          assert.equal(code, 0, err);
        }
      }));

    it('from programs that leave things in /tmp, /run and /dev/shm', async () => {
      const name = `drydock-private-${process.pid}`;
      const { out } = await inDock(`for at in /tmp /run /dev/shm; do echo x > $at/${name} && cat $at/${name}; done`);
      assert.equal(out, 'x\nx\nx\n');
      for (const at of ['/tmp', '/run', '/dev/shm']) assert.ok(!existsSync(join(at, name)), at);
    });
  });

  describe('keeps out of reach', () => {
    it('the raw disk', async () => {
      const { dev } = statSync('/');
      const [major, minor] = [dev >> 8, dev & 0xff];
      const script = `mknod /tmp/disk b ${major} ${minor}; mknod /dev/disk b 7 0; mknod /tmp/null c 1 3 && echo made`;
      const { out, err } = await inDock(script);
      assert.match(err, /disk: Operation not permitted\n.*disk: Operation not permitted\n$/s);
      assert.equal(out, 'made\n');
    });

    it('the raw disk by a node that exists already', () =>
      withFolder(async (folder) => {
        const disk = join(folder, 'disk');
        const { dev } = statSync('/');
        spawnSync('mknod', [disk, 'b', String(dev >> 8), String(dev & 0xff)]);
        const { code, err } = await inDock(`head -c 1 ${disk}`, '--readable', folder);
        assert.match(err, /Operation not permitted/);
        assert.notEqual(code, 0);
      }));

    it('the clock', async () => {
      // To what it is already: a dock that leaks must not cost the machine its time.
      const { err } = await inDock('date -s "@$(date +%s)"');
      assert.match(err, /cannot set date: Operation not permitted/);
    });

    it('sysctls of the host', async () => {
      const { err } = await inDock('echo 1 > /proc/sys/vm/drop_caches');
      assert.match(err, /Read-only file system/);
    });

    it("the host's processes, its name and its limits", async () => {
      const name = readFileSync('/proc/sys/kernel/hostname', 'utf8');
      const script = `kill -0 ${process.pid} 2>/dev/null && echo reached; hostname drydock-${process.pid}; ls -d /proc/[0-9]* | wc -l
        for file in /sys/fs/cgroup/memory /sys/fs/cgroup/pids; do ls -d $file/drydock-dock-* 2>/dev/null; done`;
      const { out } = await inDock(script);
      assert.match(out, /^[2-5]\n$/);
      const after = readFileSync('/proc/sys/kernel/hostname', 'utf8');
      writeFileSync('/proc/sys/kernel/hostname', name); // a dock that leaks must not rename the machine for good
      assert.equal(after, name);
    });
  });

  describe('ends', () => {
    it('what runs for ever, when the time is up, and says so', async () => {
      const { code, err } = await inDock('while :; do :; done', '--seconds', '1');
      assert.equal(code, 124);
      assert.equal(err, 'drydock-shim: sandbox: the time limit of 1 s ended it\n');
    });

    it('all processes when the command ends', async () => {
      assert.equal((await inDock(`setsid ${napping} & setsid ${napping} & exit 4`)).code, 4);
      assert.deepEqual(processesWith(nap), []);
    });

    it('on a signal that the command does not catch, and passes on one that it does', async () => {
      const careless = dock(sh('echo ready; while :; do :; done'));
      await careless.says(/ready/);
      careless.child.kill('SIGTERM');
      assert.equal(await careless.code, 143);
      const careful = dock(sh('trap "exit 6" TERM; echo ready; while :; do sleep 0.01; done'));
      await careful.says(/ready/);
      careful.child.kill('SIGTERM');
      assert.equal(await careful.code, 6);
    });

    it('completely when its outer half is killed, and the next one removes the cgroups', async () => {
      const killed = dock(sh(`setsid ${napping} & echo ready; ${napping}`));
      await killed.says(/ready/);
      const own = `drydock-dock-${killed.pid}`;
      killed.child.kill('SIGKILL');
      await eventually('no process is left', () => processesWith(nap).length === 0);
      const left = dockCgroups().filter((path) => path.endsWith(own));
      assert.notEqual(left.length, 0);
      const isEmpty = (path: string): boolean => readFileSync(join(path, 'inside', 'cgroup.procs'), 'utf8') === '';
      await eventually('the kernel has torn it down', () => left.every(isEmpty));
      assert.equal((await inDock('exit 0')).code, 0);
      assert.deepEqual(
        dockCgroups().filter((path) => path.endsWith(own)),
        [],
      );
    });
  });

  it('leaves nothing behind', async () => {
    const mark = `drydock-left-${process.pid}`;
    const cgroups = dockCgroups();
    const script = `mkdir -p /sys/fs/cgroup/*/nested/deeper 2>/dev/null; mount -t tmpfs ${mark} /mnt; ${napping} & exit 0`;
    await inDock(script, '--memory', String(64 << 20), '--pids', '64');
    assert.deepEqual(
      dockCgroups().filter((path) => !cgroups.includes(path)),
      [],
    );
    assert.deepEqual(processesWith(nap), []);
    assert.doesNotMatch(mounts(), new RegExp(`${mark}| - tmpfs dock `));
  });

  it('does not disturb a dock beside it, nor one that is being made', async () => {
    const other = dock(sh('echo ready; read line; exit 8'));
    await other.says(/ready/);
    const own = dockCgroups().filter((path) => path.endsWith(`-${other.pid}`));
    const begun = join(dirname(own[0]!), `drydock-dock-${process.pid}`);
    mkdirSync(begun);
    try {
      assert.equal((await inDock('exit 0')).code, 0);
      assert.deepEqual(
        [...own, begun].filter((path) => !existsSync(path)),
        [],
      );
    } finally {
      rmdirSync(begun);
    }
    other.child.stdin!.write('\n');
    assert.equal(await other.code, 8);
  });

  it('leaves a container all that it needs', async () => {
    const container = `mount -t proc proc /proc && mount -t sysfs sysfs /mnt && mount -t devpts devpts /mnt &&
      mount -t tmpfs tmpfs /mnt && mkdir /mnt/lower /mnt/upper /mnt/work /mnt/root /mnt/root/old &&
      mount -t overlay -o lowerdir=/usr:/etc,upperdir=/mnt/upper,workdir=/mnt/work overlay /mnt/root &&
      mkdir /mnt/root/put && cd /mnt/root && mknod null c 1 3 && pivot_root . put && echo pivoted`;
    const cgroups = `for at in /sys/fs/cgroup/memory /sys/fs/cgroup/pids /sys/fs/cgroup/devices; do
      [ ! -d $at ] || { mkdir $at/box && echo $$ > $at/box/cgroup.procs; } || echo no cgroup in $at; done`;
    const namespaces = features().cgroupNamespace ? '-muipnCf' : '-muipnf';
    const { out, err } = await inDock(`${cgroups}; unshare ${namespaces} --propagation private sh -c '${container}'`);
    assert.equal(err, '');
    assert.equal(out, 'pivoted\n');
  });

  it('lets a container in a user namespace have its own /proc', async () => {
    const { out, err } = await inDock('unshare -Urmpf --mount-proc sh -c "ls -d /proc/[0-9]* | head -1"');
    assert.equal(err, '');
    assert.equal(out, '/proc/1\n');
  });

  it('has a loopback and no other link', async () => {
    const { out } = await inDock(
      'ls /sys/class/net >/dev/null; tail -n +3 /proc/net/dev | cut -d: -f1; cat /proc/net/fib_trie | grep -c 127.0.0.1',
    );
    assert.match(out, /^\s*lo\n[1-9]/);
  });
});
