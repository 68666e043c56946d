/**
 * `drydock vm` where no guest can be: each thing that may be missing is named, with the command to type next. That a guest
 * boots is shown by `drydock vm up` itself; it takes minutes where there is no KVM.
 */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { cli, drydock, freshFolder, home, output } from './support.ts';
import { Terminal } from './tmux.ts';
import { complete, machineWith, qemu, ssh } from './vm-support.ts';

describe('drydock vm', function () {
  this.timeout(60_000);

  /** What `vm WORDS` answers where there is no guest yet, with other spaces than it has. */
  async function refused(words: string[], PATH = machineWith(complete), env: NodeJS.ProcessEnv = {}): Promise<string> {
    const DRYDOCK_VM = freshFolder('vm');
    const answer = await drydock(['vm', ...words], { env: { PATH, DRYDOCK_VM, ...env } });
    assert.equal(answer.code, 125, answer.stdout);
    return answer.stderr.replace(/\s+/g, ' ');
  }

  it('lists its verbs', async () => {
    const help = await output(['vm', '--help']);
    for (const name of ['up', 'run', 'shell', 'test', 'snapshot', 'restore', 'forget', 'status', 'down', 'destroy'])
      assert.match(help, new RegExp(`^  ${name} +\\w`, 'm'));
  });

  it('names the packages of all that is missing, at once', async () => {
    const said = await refused(['up'], machineWith());
    assert.match(said, /qemu-system-x86_64, qemu-img, ssh, ssh-keygen, mmdebstrap and mke2fs are not installed/);
    assert.match(said, /apt-get install qemu-system-x86 qemu-utils openssh-client mmdebstrap e2fsprogs $/);
    const { mke2fs: _, ...others } = complete;
    assert.match(await refused(['up'], machineWith(others)), /mke2fs is not .* needs it .*install e2fsprogs $/);
  });

  it('is what the matrix of kernels says, too: in words', () => {
    const words = ['--import', 'tsx', join(home, 'scripts/vm.ts')];
    const env = { PATH: machineWith(), HOME: process.env.HOME };
    const { status, stderr } = spawnSync(process.execPath, words, { cwd: home, env, encoding: 'utf8' });
    assert.equal(status, 1);
    assert.match(
      stderr,
      /^test:vm: qemu-system-x86_64 and mke2fs are not installed.*\n  sudo apt-get install qemu-system-x86 e2fsprogs\n$/,
    );
    const wrong = spawnSync(process.execPath, [...words, '--kernel=4.4'], { cwd: home, env, encoding: 'utf8' });
    assert.deepEqual([wrong.status, wrong.stderr], [2, "test:vm: --kernel is one of 6.1, 6.12, 5.10, not '4.4'\n"]);
  });

  it('says which qemu is too old, and which is not', async () => {
    const old = machineWith({ ...complete, 'qemu-system-x86_64': qemu('2.5.0') });
    assert.match(await refused(['up'], old), /qemu is too old: 2\.5, and 4\.2 is needed/);
  });

  it('says that a port is taken, and how to see by whom', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    try {
      const { port } = server.address() as AddressInfo;
      const said = await refused(['up', '--accel', 'none', '--port', String(port)]);
      assert.match(said, new RegExp(`port ${port} of this machine is taken.*ss -ltnp`));
    } finally {
      server.close();
    }
  });

  it('says that there is no KVM, and how to do without', async () => {
    const script = 'mount -t tmpfs none /dev && mknod -m 666 /dev/null c 1 3 && exec "$@"';
    const before = ['unshare', '-m', 'sh', '-c', script, 'sh'];
    const env = { PATH: `${machineWith(complete)}:${process.env.PATH}`, DRYDOCK_VM: freshFolder('vm') };
    const { code, stderr } = await drydock(['vm', 'up', '--accel', 'kvm'], { before, env });
    assert.equal(code, 125);
    assert.match(stderr, /there is no KVM: \/dev\/kvm does not exist[^]*--accel none/);
  });

  it('says that KVM is there and may not be opened, and which group may', async () => {
    const script = `mount -t tmpfs -o mode=755 none /dev && mknod -m 666 /dev/null c 1 3 && mknod -m 660 /dev/kvm c 10 232 &&
      exec setpriv --reuid=65534 --regid=65534 --clear-groups "$@"`;
    const before = ['unshare', '-m', 'sh', '-c', script, 'sh'];
    const env = { PATH: `${machineWith(complete)}:${process.env.PATH}`, DRYDOCK_VM: freshFolder('vm') };
    const { code, stderr } = await drydock(['vm', 'up', '--accel', 'kvm'], { before, env });
    assert.equal(code, 125);
    assert.match(stderr, /you may not open \/dev\/kvm[^]*usermod -aG kvm[^]*--accel none/);
  });

  it('says that the disk is full before it builds anything', async () => {
    const folder = freshFolder('small');
    const kernel = join(folder, 'kernels/6.1/linux-image-test');
    const script = `mount -t tmpfs -o size=1m none "${folder}" && mkdir -p "${kernel}/boot" "${kernel}/lib/modules/6.1/kernel" &&
      : >"${kernel}/boot/vmlinuz-6.1" && exec "$@"`;
    const PATH = `${machineWith(complete)}:${process.env.PATH}`;
    const before = ['unshare', '-m', 'sh', '-c', script, 'sh'];
    const { stderr } = await drydock(['vm', 'up', '--accel', 'none'], { before, env: { PATH, DRYDOCK_VM: folder } });
    assert.match(stderr.replace(/\s+/g, ' '), /has 0\.0 GB left, and an image needs 3.*DRYDOCK_VM=FOLDER/);
  });

  it('says of a guest that is not up how to start it, by its kernel', async () => {
    assert.match(await refused(['run', 'true']), /the guest 6\.1 is not up hint \.\/drydock vm up $/);
    assert.match(await refused(['run', '--kernel', '5.10', 'true']), /5\.10 is not up .*vm up --kernel 5\.10/);
    for (const words of [['snapshot'], ['snapshot', 'x'], ['restore', 'x'], ['forget', 'x']])
      assert.match(await refused(words), /there is no guest 6\.1 hint \.\/drydock vm up $/, words.join(' '));
  });

  for (const verb of ['down', 'destroy'])
    it(`${verb} of no guest is done already: it says so, and is well`, async () => {
      const env = { PATH: machineWith(complete), DRYDOCK_VM: freshFolder('vm') };
      const { code, stdout, stderr } = await drydock(['vm', verb, '--kernel', '5.10'], { env });
      assert.deepEqual([code, stdout, stderr], [0, '', 'drydock: there is no guest 5.10\n']);
    });

  it('takes a qemu that has been killed for a guest that is down', async () => {
    const DRYDOCK_VM = freshFolder('vm');
    mkdirSync(join(DRYDOCK_VM, 'guests/6.1'), { recursive: true });
    // This process lives, and is not the guest's.
    writeFileSync(
      join(DRYDOCK_VM, 'guests/6.1/state.json'),
      JSON.stringify({ pid: process.pid, port: 1, cgroup: 'v2' }),
    );
    const { stderr } = await drydock(['vm', 'run', 'true'], { env: { DRYDOCK_VM } });
    assert.match(stderr, /is not up/);
  });

  it('knows only the kernels that Debian has for it', async () => {
    assert.match(await refused(['up', '--kernel', '4.4']), /--kernel is one of .*6\.12.*, not .?4\.4/);
  });

  it('takes no word for a number', async () => {
    assert.match(await refused(['up', '--memory', '2g']), /--memory is a whole number from 64 to \d+, not '2g'/);
    assert.match(await refused(['up', '--port', '70000']), /--port is a whole number from 0 to 65535, not '70000'/);
  });

  it('wants a command to run', async () => {
    assert.match(await refused(['run']), /the command is missing hint \.\/drydock vm run COMMAND…/);
  });

  /** A guest that is up, as far as can be seen from outside: a process in its folder. The project in it says its words. */
  async function withGuest(then: (env: NodeJS.ProcessEnv) => Promise<void>): Promise<void> {
    const DRYDOCK_VM = freshFolder('vm');
    const folder = join(DRYDOCK_VM, 'guests/6.1');
    mkdirSync(folder, { recursive: true });
    const qemu = spawn('sleep', ['1000'], { cwd: folder, stdio: 'ignore' });
    try {
      await once(qemu, 'spawn');
      writeFileSync(join(folder, 'state.json'), JSON.stringify({ pid: qemu.pid, port: 1, cgroup: 'v2' }));
      writeFileSync(join(folder, 'console.log'), 'drydock guest: ready\n');
      const project = machineWith({ drydock: `printf '[%s]' "$@"; exit 7` });
      const bin = machineWith({ ...complete, ssh: `cd '${project}'\n${ssh}` });
      await then({ DRYDOCK_VM, PATH: `${bin}:${process.env.PATH}` });
    } finally {
      qemu.kill('SIGKILL');
    }
  }

  it('takes demo, check and try along, with their words and exit code', () =>
    withGuest(async (env) => {
      const given = [
        ['demo', 'pid', '--in-vm', '--auto'],
        ['try', '--in-vm', '--without', 'pid', 'echo', '--in-vm', "it's"],
      ];
      const expected = ['[demo][pid][--auto]', "[try][--without][pid][echo][--in-vm][it's]"];
      for (const [index, words] of given.entries()) {
        const { code, stdout, stderr } = await drydock(words, { env });
        assert.equal(code, 7, stderr);
        assert.equal(stdout, expected[index]);
      }
    }));

  it('keeps the disk before a lab that breaks things, and gives it back afterwards', () =>
    withGuest(async (env) => {
      const folder = join(env.DRYDOCK_VM!, 'guests/6.1');
      const log = join(folder, 'log');
      // qemu, as far as a snapshot asks it; and qemu-img, which knows of the snapshot once it has been made.
      const told: string[] = [];
      const qmp = createServer((socket) => {
        createInterface(socket).on('line', (line) => {
          const { execute } = JSON.parse(line) as { execute: string };
          if (execute !== 'qmp_capabilities') writeFileSync(log, `${execute}\n`, { flag: 'a' });
          socket.write('{"return":{}}\n');
        });
      }).listen(join(folder, 'qmp.sock'));
      const img = `case $1 in info) grep -q sync '${log}' 2>/dev/null && echo '{"snapshots":[{"name":"before-the-lab"}]}' || echo '{}' ;;
        *) echo "$1 $2 $3" >>'${log}' ;; esac`;
      const sshOfLab = `for last; do :; done; case $last in sync) ;; *) echo lab >>'${log}' ;; esac`;
      writeFileSync(join(folder, 'disk.qcow2'), '');
      const PATH = `${machineWith({ ...complete, 'qemu-img': img, ssh: sshOfLab })}:${env.PATH}`;
      try {
        const words = ['demo', 'pid', '--break-it', '--in-vm'];
        // It cannot boot again: there is no kernel here, and no apt.
        const { stderr } = await drydock(words, { env: { ...env, PATH, DRYDOCK_VM_MIRROR: 'file:/nowhere' } });
        told.push(...readFileSync(log, 'utf8').trim().split('\n'));
        assert.match(stderr, /the guest’s disk is as it was before; it boots again/);
      } finally {
        qmp.close();
      }
      const [keep, ...rest] = told;
      assert.equal(keep, 'blockdev-snapshot-internal-sync');
      assert.deepEqual(rest, ['lab', 'snapshot -a before-the-lab', 'snapshot -d before-the-lab']);
    }));

  it('is gone into by nobody who is there already', () =>
    withGuest(async (env) => {
      const { stdout } = await drydock(['try', '--in-vm', 'echo', 'here'], { env: { ...env, DRYDOCK_IN_VM: '1' } });
      assert.equal(stdout, 'here\n');
    }));

  /** What a person sees who starts the attacks of lesson pid, with these words before the command; the question is shown. */
  async function attacksOf(before: string): Promise<string> {
    const terminal = new Terminal();
    try {
      terminal.line(`clear; ${before} ${process.execPath} ${cli} demo pid --break-it`);
      await terminal.shows(/^QUESTION/m, 60_000);
      const seen = terminal.screen();
      terminal.press('C-c');
      await terminal.shows(/LEFT BEHIND[^]*outside\$$/, 60_000);
      return seen.replace(/\s+/g, ' ');
    } finally {
      terminal.close();
    }
  }

  it('is advised to a person who starts attacks on a machine of their own, and to nobody in a machine for that', async () => {
    const advice = /attacks this machine.* \.\/drydock demo pid --break-it --in-vm/;
    assert.match(await attacksOf(''), advice);
    assert.doesNotMatch(await attacksOf('DRYDOCK_IN_VM=1'), advice);
    const provisioned = freshFolder('etc');
    const script = `mount -t tmpfs none ${provisioned} && cd ${provisioned} && mkdir upper work &&
      mount -t overlay -o lowerdir=/etc,upperdir=upper,workdir=work none /etc &&
      touch /etc/drydock-machine-to-learn-on && cd / && exec "$@"`.replace(/\s+/g, ' ');
    assert.doesNotMatch(await attacksOf(`unshare -m sh -c '${script}' sh`), advice);
  });
});
