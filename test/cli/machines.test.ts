/**
 * The machines of other people's making (vm/Vagrantfile, .devcontainer, vm/qemu, vm/provision.sh): what can be told of
 * them without their images. vm/README.md says what has been booted, and what not.
 */
import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { freshFolder, home } from './support.ts';

const hasVagrant = (): boolean => spawnSync('sh', ['-c', 'command -v vagrant'], { stdio: 'ignore' }).status === 0;

describe('the Vagrantfile', function () {
  this.timeout(300_000); // vagrant alone takes seconds to say its version

  const title = 'describes two machines that vagrant accepts';
  const [one, why] = hasVagrant() ? ([it, ''] as const) : ([it.skip, ' [skipped: vagrant is not installed]'] as const);
  one(`${title}${why}`, () => {
    const folder = freshFolder('vagrant');
    const env = { ...process.env, VAGRANT_HOME: join(folder, 'home'), VAGRANT_DOTFILE_PATH: join(folder, 'state') };
    const words = ['validate', '--ignore-provider'];
    const { status, stdout, stderr } = spawnSync('vagrant', words, { cwd: join(home, 'vm'), env, encoding: 'utf8' });
    assert.equal(status, 0, stderr);
    assert.match(stdout, /lab: Ignoring[^]*trusty: Ignoring[^]*validated successfully/);
  });
});

describe('the dev container', () => {
  const text = (...parts: string[]): string => readFileSync(join(home, ...parts), 'utf8');
  const config = JSON.parse(text('.devcontainer/devcontainer.json')) as Record<string, unknown> & {
    containerEnv: { PATH: string };
    mounts: string[];
  };

  // Its reference implementation pulls what a Dockerfile is FROM, and there is no image `scratch` to be pulled.
  it('is the image that the kit’s root file system has been imported as, and is not built', () => {
    assert.equal('build' in config, false);
    const imported = [...text('vm/README.md').matchAll(/^ +podman import build\/kit\/drydock-root-x64[.]tar (\S+)/gm)];
    assert.deepEqual(
      imported.map(([, name]) => name),
      [config.image],
    );
  });

  // Without workspaceMount the clone it is opened from is mounted in it, for a root with all rights.
  it('shows nothing of the machine’s files', () => {
    assert.equal(config.workspaceMount, '');
    for (const mount of config.mounts) assert.match(mount, /^type=volume,/);
  });

  // docker gives an imported image no PATH, and so ${containerEnv:PATH} is empty.
  it('finds the kit’s Node, and all programs of the system', () => {
    assert.equal(config.workspaceFolder, '/opt/drydock');
    const folders = config.containerEnv.PATH.split(':');
    assert.equal(folders[0], '/opt/drydock/.node/bin');
    for (const folder of ['/usr/sbin', '/usr/bin', '/sbin', '/bin']) assert(folders.includes(folder), folder);
  });

  it('keeps a learner’s work, and what an overlay cannot lie on, in volumes', () => {
    const targets = config.mounts.map((mount) => /,target=(.*)$/.exec(mount)?.[1]);
    assert.deepEqual(targets, ['/root/drydock-work', '/var/lib/drydock']);
  });
});

describe('a cloud image under qemu', () => {
  /** What vm/qemu/machine.sh answers, with its machines below the folder. */
  const machine = (DRYDOCK_VM: string, ...words: string[]): { status: number | null; stderr: string } =>
    spawnSync(join(home, 'vm/qemu/machine.sh'), words, { env: { ...process.env, DRYDOCK_VM }, encoding: 'utf8' });

  it('says what is missing, and what to do next', () => {
    const folder = freshFolder('vm');
    assert.match(machine(folder, 'ssh').stderr, /lab is not up\n.*next: .*machine\.sh lab up/);
    assert.match(machine(folder, 'trusty', 'restore', 'x').stderr, /there is no machine trusty\n.*next:/);
    for (const verb of ['down', 'destroy']) {
      const { status, stderr } = machine(folder, 'trusty', verb);
      assert.deepEqual([status, stderr], [0, 'machine: there is no machine trusty\n']);
    }
    assert.match(machine(folder, 'upp').stderr, /usage: /);
  });

  it('is told of no file by a path that is good in one folder only: qemu goes to another one', () => {
    const bin = freshFolder('bin');
    const told = join(bin, 'told');
    writeFileSync(join(bin, 'qemu-system-x86_64'), `#!/bin/sh\nprintf '%s\\n' "$@" >'${told}'\nexit 1\n`);
    chmodSync(join(bin, 'qemu-system-x86_64'), 0o755);
    const folder = join(freshFolder('vm'), 'with,comma');
    const image = join(bin, 'image');
    writeFileSync(image, Buffer.alloc(1 << 20));
    const env = { ...process.env, PATH: `${bin}:${process.env.PATH}`, DRYDOCK_VM: folder, DRYDOCK_VM_IMAGE: image };
    const { stderr } = spawnSync(join(home, 'vm/qemu/machine.sh'), ['up'], { env, cwd: bin, encoding: 'utf8' });
    assert.match(stderr, /qemu did not start/);
    const words = readFileSync(told, 'utf8');
    const lab = `${folder}/cloud/lab`;
    const twice = lab.replace(',', ',,');
    for (const line of [`file:${twice}/console.log`, `${lab}/pid`, `pipe,id=monitor,path=${twice}/monitor`])
      assert(words.includes(`\n${line}\n`), words);
    for (const part of [`\nfile=${twice}/disk.qcow2,`, `,file.dir=${twice}/seed,`, 'local,path=/'])
      assert(words.includes(part), words);
  });

  it('has no snapshot whose name is a number, which qemu would take for another one', () => {
    const folder = freshFolder('vm');
    mkdirSync(join(folder, 'cloud/lab'), { recursive: true });
    const disk = join(folder, 'cloud/lab/disk.qcow2');
    execFileSync('qemu-img', ['create', '-q', '-f', 'qcow2', disk, '1M']);
    const number = machine(folder, 'snapshot', '12');
    assert.match(number.stderr, /cannot be called '12': qemu gives numbers.*\n.*snapshot lab-12/);
    assert.match(machine(folder, 'snapshot', 'a b').stderr, /cannot be called 'a b'/);
    const all = (): string => execFileSync('qemu-img', ['snapshot', '-l', disk], { encoding: 'utf8' });
    for (const name of ['lab-12', 'x']) assert.equal(machine(folder, 'snapshot', name).stderr, '');
    assert.equal(machine(folder, 'forget', 'lab-12').stderr, '');
    assert.match(machine(folder, 'forget', 'lab-12').stderr, /has no snapshot 'lab-12'/);
    assert.match(all(), / x /);
    assert.doesNotMatch(all(), /lab-12/);
  });

  it('whose qemu is gone is down, though another process has its number by now', async () => {
    const folder = freshFolder('vm');
    const lab = join(folder, 'cloud/lab');
    mkdirSync(lab, { recursive: true });
    const stranger = spawn('sleep', ['1000'], { stdio: 'ignore' });
    try {
      await once(stranger, 'spawn');
      writeFileSync(join(lab, 'pid'), `${stranger.pid}\n`);
      writeFileSync(join(lab, 'disk.qcow2'), '');
      assert.match(machine(folder, 'down').stderr, /lab is down already/);
      assert.equal(machine(folder, 'destroy').status, 0);
      assert(!existsSync(lab));
      assert(stranger.kill(0), 'it has killed a stranger');
    } finally {
      stranger.kill('SIGKILL');
    }
  });
});

describe('the provisioning of Ubuntu 14.04', () => {
  const NODE = 'node-v20.20.2-linux-x64-glibc-217.tar.xz';

  /** Runs it on a machine that says it is one, with a project that has these sums and downloads. */
  function provisioned(sums: string, downloads: Record<string, string>): string {
    const folder = freshFolder('provision');
    const [project, bin] = [join(folder, 'project'), join(folder, 'bin')];
    for (const part of [bin, join(project, 'vm/downloads')]) mkdirSync(part, { recursive: true });
    cpSync(join(home, 'vm/provision.sh'), join(project, 'vm/provision.sh'));
    writeFileSync(join(project, 'vm/checksums'), sums);
    for (const [name, text] of Object.entries(downloads)) writeFileSync(join(project, 'vm/downloads', name), text);
    writeFileSync(join(folder, 'os-release'), 'ID=ubuntu\nVERSION_ID="14.04"\n');
    const stand = { getent: `echo learner:x:1000:1000::${folder}/home:/bin/sh`, chown: ':', 'apt-get': 'exit 9' };
    for (const [name, line] of Object.entries(stand)) {
      writeFileSync(join(bin, name), `#!/bin/sh\n${line}\n`);
      chmodSync(join(bin, name), 0o755);
    }
    const env = { PATH: `${bin}:${process.env.PATH}`, DRYDOCK_OS_RELEASE: join(folder, 'os-release') };
    const words = [join(project, 'vm/provision.sh'), 'tools', project];
    const { status, stderr } = spawnSync('sh', words, { env, encoding: 'utf8' });
    assert.notEqual(status, 0);
    return stderr;
  }

  const sumOf = (text: string): string => createHash('sha256').update(text).digest('hex');

  it('takes no file whose sum nobody has written down', () =>
    assert.match(provisioned('', { [NODE]: 'a' }), /checksums has no sum for node-v20.*\n.*look the sum up/));

  it('takes no file with another sum, and goes on with the right one', () => {
    assert.match(
      provisioned(`${sumOf('a')}  ${NODE}\n`, { [NODE]: 'b' }),
      /node-v20\S* is not what vm\/checksums says/,
    );
    assert.match(provisioned(`${sumOf('a')}  ${NODE}\n`, { [NODE]: 'a' }), /no sum for drydock-built/);
  });

  it('says which file is missing', () =>
    assert.match(provisioned(`${sumOf('a')}  ${NODE}\n`, {}), /node-v20\S* is not in vm\/downloads/));
});

describe('the provisioning of a machine', () => {
  /** What it says where a project has been built as `change` leaves it, with stand-ins for all that would change this machine. */
  function provisioned(change: (project: string) => void): { said: string; copy: string } {
    const folder = freshFolder('provision');
    const [project, bin] = [join(folder, 'project'), join(folder, 'bin')];
    for (const part of ['src', 'addon', 'lessons', 'scripts', 'vm', 'dist', 'build/Release', 'node_modules/one'])
      mkdirSync(join(project, part), { recursive: true });
    for (const file of ['CMakeLists.txt', 'package-lock.json', 'tsconfig.json', 'dist/drydock.cjs'])
      writeFileSync(join(project, file), '');
    cpSync(join(home, 'vm/provision.sh'), join(project, 'vm/provision.sh'));
    cpSync(join(home, 'build/Release/linux.node'), join(project, 'build/Release/linux.node'));
    writeFileSync(join(project, 'build/ready'), '');
    change(project);
    writeFileSync(join(folder, 'os-release'), 'ID=debian\nVERSION_ID="12"\n');
    mkdirSync(bin);
    const stand = {
      getent: `echo learner:x:1000:1000::${folder}/home:/bin/sh`,
      chown: ':',
      'apt-get': `echo "apt $1: $(cat "$DRYDOCK_INITRAMFS")"`,
      su: 'echo built',
    };
    const initramfs = join(folder, 'update-initramfs.conf');
    writeFileSync(initramfs, 'update_initramfs=yes\n');
    for (const [name, line] of Object.entries(stand)) {
      writeFileSync(join(bin, name), `#!/bin/sh\n${line}\n`);
      chmodSync(join(bin, name), 0o755);
    }
    const env = { PATH: `${bin}:${process.env.PATH}`, DRYDOCK_OS_RELEASE: join(folder, 'os-release') };
    const mark = join(folder, 'mark');
    const words = [join(project, 'vm/provision.sh'), 'tools', project, process.execPath];
    const { stdout, stderr, status } = spawnSync('sh', words, {
      env: { ...env, DRYDOCK_MARK: mark, DRYDOCK_INITRAMFS: initramfs },
      encoding: 'utf8',
    });
    assert.equal(status, 0, stderr);
    assert(existsSync(mark));
    assert.match(stdout, /^apt install: update_initramfs=no$/m);
    assert.equal(readFileSync(initramfs, 'utf8'), 'update_initramfs=yes\n');
    return { said: stdout, copy: join(folder, 'home/drydock') };
  }

  it('takes along what the host has built, where that works here', () => {
    const { said, copy } = provisioned(() => undefined);
    assert.doesNotMatch(said, /built$/m);
    for (const part of ['dist/drydock.cjs', 'build/Release/linux.node', 'node_modules/one', 'src', '.node/bin/node'])
      assert(existsSync(join(copy, part)), part);
    const { stdout } = spawnSync('sh', ['-c', '. build/ready && "$node" --version'], {
      cwd: copy,
      env: { home: copy },
      encoding: 'utf8',
    });
    assert.equal(stdout.trim(), process.version);
  });

  for (const [why, change] of [
    ['older than a source', (project: string) => utimesSync(join(project, 'src'), 4e9, 4e9)],
    ['for another machine', (project: string) => writeFileSync(join(project, 'build/Release/linux.node'), 'ELF')],
    ['not there', (project: string) => rmSync(join(project, 'build/ready'))],
  ] as const)
    it(`builds where what the host has built is ${why}`, () => {
      const { said, copy } = provisioned(change);
      assert.match(said, /nothing that the host has built works here: building\nbuilt\n/);
      assert(!existsSync(join(copy, 'build/ready')));
    });
});
