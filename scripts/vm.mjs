// `npm run test:vm`: the tests of the runtime on a machine with Debian's kernel and nothing but cgroup v2.
//
//     node scripts/vm.mjs [--shell] [--kernel="security=selinux selinux=1"] [FILE…]
//
// The guest is this machine's own files (9p, read-only) below a file system in memory, with another kernel: nothing is
// installed, and nothing of the host can be changed. qemu emulates it, which takes minutes; DRYDOCK_KVM=1 does without. The
// kernel comes from Debian's package, without being installed, and is kept in build/vm.
import { execFileSync, spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';

const home = resolve(import.meta.dirname, '..');
const MODULES = [
  'virtio_pci',
  '9pnet_virtio',
  '9p',
  'overlay',
  'veth',
  'loop',
  'crc32c_generic',
  'ext4',
  'dm_thin_pool',
];
/** A storage driver for which Debian's kernel has a module. */
const ONLY_HERE = 'test/kernel/snapshots/devicemapper.test.ts';
const MINUTES = 20;
/** The emulation now and then ends a program by a fault that no real processor shows, most often at once. */
const ATTEMPTS = 3;
/** How much slower than a real one an emulated machine is taken to be, at most: deadlines in tests grow by it. */
const SLOWNESS = 30;

/** A plain processor: of the youngest features the emulation is not yet as good as a program trusts it to be. */
const CPU = 'Westmere';
const COMMAND_LINE = 'console=ttyS0 quiet panic=-1 cgroup_no_v1=all mitigations=off';

const lines = (command, ...args) => execFileSync(command, args, { encoding: 'utf8' }).split('\n');

/** The folder with vmlinuz and modules of Debian's present kernel; unpacked once. */
function kernel() {
  const dependency = lines('apt-cache', 'depends', 'linux-image-amd64').find((line) => line.includes('Depends:'));
  const name = dependency?.trim().split(' ').at(-1);
  if (!name) throw new Error('apt knows no linux-image-amd64: run apt-get update first');
  const folder = join(home, 'build/vm', name);
  if (existsSync(folder)) return folder;
  const fresh = `${folder}.new`;
  rmSync(fresh, { recursive: true, force: true });
  mkdirSync(fresh, { recursive: true });
  console.log(`unpacking ${name}`);
  execFileSync('apt-get', ['download', '-q', name], { cwd: fresh, stdio: ['ignore', 'ignore', 'pipe'] });
  const archive = readdirSync(fresh).find((file) => file.endsWith('.deb'));
  execFileSync('dpkg-deb', ['-x', join(fresh, archive), fresh]);
  rmSync(join(fresh, archive));
  renameSync(fresh, folder);
  return folder;
}

/** The modules with all that they depend on, in the order in which they can be loaded. */
function modulesOf(folder) {
  const [version] = readdirSync(join(folder, 'lib/modules'));
  const root = join(folder, 'lib/modules', version);
  const files = readdirSync(root, { recursive: true }).filter((file) => file.endsWith('.ko'));
  const nameOf = (file) => basename(file, '.ko').replaceAll('-', '_');
  const byName = new Map(files.map((file) => [nameOf(file), join(root, file)]));
  const order = [];
  const add = (name) => {
    const path = byName.get(name.replaceAll('-', '_'));
    if (!path || order.includes(path)) return; // built in, or there already
    const [, needs = ''] = /depends=([^\0]*)/.exec(readFileSync(path, 'latin1')) ?? [];
    needs.split(',').filter(Boolean).forEach(add);
    order.push(path);
  };
  MODULES.forEach(add);
  return order;
}

/** A root file system for the first moment: busybox, the modules, and a script. */
function initramfs(folder, work) {
  const root = join(work, 'initramfs');
  for (const part of ['bin', 'modules']) mkdirSync(join(root, part), { recursive: true });
  copyFileSync('/bin/busybox', join(root, 'bin/busybox'));
  copyFileSync(join(home, 'test/vm/init.sh'), join(root, 'init'));
  execFileSync('chmod', ['755', join(root, 'init')]);
  const modules = modulesOf(folder);
  modules.forEach((path) => copyFileSync(path, join(root, 'modules', basename(path))));
  writeFileSync(join(root, 'modules/order'), `${modules.map((path) => basename(path)).join('\n')}\n`);
  const image = join(work, 'initramfs.cpio');
  execFileSync('sh', ['-c', `find . | cpio --quiet -o -H newc > ${image}`], { cwd: root });
  return image;
}

/** What the guest does once it has its files. */
function script(files, shell) {
  const env = `DRYDOCK_SLOWNESS=${SLOWNESS} DRYDOCK_ROUNDS=20 DRYDOCK_TALLY=/out/tally.json HOME=/root TMPDIR=/scratch CI=true`;
  const mocha = `${process.execPath} node_modules/mocha/bin/mocha.js --timeout 900000 ${files.join(' ')}`;
  const body = shell ? 'setsid sh -c "exec sh </dev/ttyS0 >/dev/ttyS0 2>&1"' : `env ${env} ${mocha}`;
  return `cd ${home}\nexport PATH=${process.env.PATH}\nuname -rv\n${body}\necho $? >/out/code\nsync\necho o >/proc/sysrq-trigger\nsleep 60\n`;
}

function testsIn(folder) {
  const slow = ['crowd', 'spawn'];
  return readdirSync(join(home, folder), { recursive: true })
    .filter((file) => file.endsWith('.test.ts') && !slow.includes(basename(file, '.test.ts')))
    .sort()
    .map((file) => join(folder, file));
}

/** Everything that qemu is told. `out` is the folder that the guest may write. */
function machine(folder, work, out, kernelWords) {
  const boot = join(folder, 'boot');
  const image = join(
    boot,
    readdirSync(boot).find((file) => file.startsWith('vmlinuz')),
  );
  // A KVM inside another one may be there and not work, so nobody tries it unasked.
  const [accelerator, processor] = process.env.DRYDOCK_KVM === '1' ? ['kvm', 'host'] : ['tcg,thread=multi', CPU];
  return [
    ...['-machine', 'q35', '-accel', accelerator, '-cpu', processor, '-smp', '2', '-m', '4096'],
    ...['-nographic', '-no-reboot', '-nic', 'none', '-kernel', image, '-initrd', initramfs(folder, work)],
    ...['-append', `${COMMAND_LINE} ${kernelWords}`],
    ...['-virtfs', 'local,path=/,mount_tag=host,security_model=none,readonly=on,multidevs=remap'],
    ...['-virtfs', `local,path=${out},mount_tag=out,security_model=none`],
  ];
}

function main(words) {
  const shell = words.includes('--shell');
  const named = words.filter((word) => !word.startsWith('--'));
  const files = named.length > 0 ? named : [...testsIn('test/kernel/runtime'), ONLY_HERE];
  const kernelWords = words.find((word) => word.startsWith('--kernel='))?.slice('--kernel='.length) ?? '';
  const folder = kernel();
  const work = mkdtempSync(join(tmpdir(), 'drydock-vm-'));
  try {
    const out = join(work, 'out');
    mkdirSync(out);
    writeFileSync(join(out, 'run.sh'), script(files, shell));
    const [tally, code] = [join(out, 'tally.json'), join(out, 'code')];
    const args = machine(folder, work, out, kernelWords);
    const isCounted = () => existsSync(tally) && existsSync(code);
    for (let attempt = 1; attempt <= ATTEMPTS && !isCounted(); attempt++) {
      console.log(`booting ${basename(folder)}${attempt > 1 ? `, attempt ${attempt}` : ''}`);
      rmSync(code, { force: true });
      const stdio = [shell ? 'inherit' : 'ignore', 'inherit', 'inherit'];
      spawnSync('qemu-system-x86_64', args, { stdio, timeout: MINUTES * 60_000 });
      if (shell) return 0;
    }
    if (!isCounted()) throw new Error('the guest ended before its tests did');
    if (process.env.DRYDOCK_TALLY) copyFileSync(tally, process.env.DRYDOCK_TALLY);
    return Number(readFileSync(code, 'utf8'));
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

process.exitCode = main(process.argv.slice(2));
