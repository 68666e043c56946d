// `npm run test:vm`: what only another kernel, or a machine with nothing but cgroup v2, can judge.
//
//     npm run test:vm                      Linux 6.1 with cgroup v2 alone: some minutes; what CI runs
//     npm run test:vm -- --all             each kernel of the matrix below, one after another, and the lessons' checks
//     npm run test:vm -- --all --long      the same with all tests of the runtime: hours, where there is no KVM
//     npm run test:vm -- --kernel=5.10 --cgroup=hybrid
//     npm run test:vm -- --kernel=5.10 --cgroup=hybrid --lessons     of that row the lessons' checks alone
//     npm run test:vm -- --kernel=5.10 --cgroup=hybrid --lessons=ports,volumes     the checks of these alone
//     node --import tsx scripts/vm.ts [--kernel=…] [--cgroup=…] [--words="security=selinux selinux=1"] FILE…
//     node --import tsx scripts/vm.ts --shell
//
// The guest is this machine's own files (9p, read-only) below a file system in memory, with another kernel, and an empty
// disk for what the tests make: nothing is installed, and nothing of the host can be changed. qemu emulates it, which
// takes minutes; DRYDOCK_KVM=1 does without.
// The result is a table, and build/vm/results.json: each row as it was last tested. What had passed is told, too, of a
// guest that died, or of one that was ended because its time was up.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { DrydockError } from '../src/errors.ts';
import { output } from '../src/vm/command.ts';
import { suites, type Series } from '../src/vm/debian.ts';
import {
  cgroupModes,
  cgroupWords,
  isAccelerated,
  machineWords,
  needEmulator,
  QEMU,
  share,
} from '../src/vm/emulator.ts';
import { makeInitramfs } from '../src/vm/initramfs.ts';
import { kernel } from '../src/vm/kernel.ts';
import { told } from './told.ts';
import { keep, lost, nothing, report, tell, total, type Place, type Result, type Tally } from './vm-results.ts';
import { tasks, type Task } from './vm-tasks.ts';

const home = resolve(import.meta.dirname, '..');
const MODULES = [
  'virtio_pci',
  'virtio_blk',
  '9pnet_virtio',
  '9p',
  'overlay',
  'veth',
  'loop',
  'crc32c_generic',
  'ext4',
  'dm_thin_pool',
  // Networks and published ports. A guest has nothing that would load them when they are asked for.
  ...['bridge', 'nf_tables', 'nft_chain_nat', 'nft_masq', 'nft_nat', 'nft_ct', 'nft_counter'],
  ...['nft_fib_ipv4', 'nft_fib_ipv6', 'nft_reject_ipv4', 'nft_reject_ipv6'],
];

/** The emulation now and then ends a program by a fault that no real processor shows, most often at once. */
const ATTEMPTS = 3;
/** How much slower than a real one an emulated machine is taken to be, at most: deadlines in tests grow by it. */
const SLOWNESS = 30;

/** Each kernel, and both ways to have limits. The first is the one for every day. */
const matrix: readonly Place[] = [
  { kernel: '6.1', cgroup: 'v2' },
  { kernel: '6.1', cgroup: 'v1' },
  { kernel: '5.10', cgroup: 'hybrid' },
  { kernel: '6.12', cgroup: 'v2' },
];

/** Compiles the tests here, once: in the guest a compiler would be emulated as well. Answers the folder to take along. */
function compiled(files: readonly string[], work: string): string {
  const cache = join(work, 'compiled');
  mkdirSync(cache);
  const words = ['node_modules/mocha/bin/mocha.js', '--dry-run', ...files];
  const { status, stderr } = spawnSync(process.execPath, words, {
    cwd: home,
    env: { ...process.env, TMPDIR: cache, DRYDOCK_TALLY: join(work, 'dry') },
    stdio: ['ignore', 'ignore', 'pipe'],
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`the tests cannot be loaded:\n${stderr}`);
  return cache;
}

/** The guest's disk, empty: each boot has a fresh one. Of the file only what is written to takes room here. */
function makeDisk(work: string): string[] {
  const disk = join(work, 'disk.ext4');
  rmSync(disk, { force: true });
  output('mke2fs', ['-q', '-t', 'ext4', disk, '8G']);
  // Nobody needs it after a fault: nothing waits until it is on a disk of this machine.
  return ['-drive', `file=${disk.replaceAll(',', ',,')},if=virtio,format=raw,cache=unsafe`];
}

/** What the guest does once it has its files. */
function script({ files, without, lessons = [], shell }: Task): string {
  const settings = `DRYDOCK_SLOWNESS=${SLOWNESS} DRYDOCK_ROUNDS=20 DRYDOCK_TALLY=/run/tests/tally.json DRYDOCK_LESSONS=${lessons.join()} CI=true`;
  const fewer = without === undefined ? '' : `--grep '${without}' --invert `;
  const mocha = `"${process.execPath}" node_modules/mocha/bin/mocha.js --timeout 900000 ${fewer}${files.join(' ')}`;
  return [
    `cd "${home}"`,
    `export PATH="${process.env.PATH}" HOME=/root TMPDIR=/scratch`,
    'uname -rv',
    'cp -r /run/tests/compiled/. /scratch',
    shell ? 'setsid sh -c "exec sh </dev/ttyS0 >/dev/ttyS0 2>&1"' : `env ${settings} ${mocha}`,
    'sync',
    'echo o >/proc/sysrq-trigger',
    'sleep 60\n',
  ].join('\n');
}

/** Runs the tests on one kernel. */
function tested(place: Place, task: Task): Result {
  const begun = Date.now();
  const booted = kernel(place.kernel, console.log);
  const work = mkdtempSync(join(tmpdir(), 'drydock-vm-'));
  try {
    const out = join(work, 'out');
    mkdirSync(out);
    writeFileSync(join(out, 'run.sh'), script(task));
    cpSync(compiled(task.files, work), join(out, 'compiled'), { recursive: true });
    const initramfs = join(work, 'initramfs.cpio');
    const files = { init: join(home, 'test/vm/init.sh'), cgroups: join(home, 'vm/debian/cgroups.sh') };
    makeInitramfs(initramfs, { kernel: booted, modules: MODULES, files });
    const accelerated = isAccelerated(process.env.DRYDOCK_KVM === '1' ? 'kvm' : 'none');
    const commandLine = `${cgroupWords(place.cgroup)} ${task.words}`;
    const words = [
      ...machineWords({ accelerated, kernel: booted.image, initramfs, commandLine, memory: 4096 }),
      ...['-serial', 'mon:stdio', '-nic', 'none', ...share('host', '/', false), ...share('drydock-tests', out, true)],
    ];
    const tally = attempted(place, () => [...words, ...makeDisk(work)], out, task);
    return {
      ...place,
      tests: task.name,
      release: booted.release,
      ...tally,
      seconds: Math.round((Date.now() - begun) / 1000),
      date: new Date().toISOString().slice(0, 10),
    };
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** Boots until the tests have come to their end; what they counted then. */
function attempted(place: Place, words: () => string[], out: string, { shell, minutes }: Task): Tally {
  const file = join(out, 'tally.json');
  let tally = nothing;
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    console.log(`booting ${place.kernel} with cgroup ${place.cgroup}${attempt > 1 ? `, attempt ${attempt}` : ''}`);
    rmSync(file, { force: true });
    const stdio = [shell ? 'inherit' : 'ignore', 'inherit', 'inherit'] as const;
    const { error } = spawnSync('setpriv', ['--pdeathsig', 'TERM', QEMU, ...words()], {
      stdio: [...stdio],
      ...(shell ? {} : { timeout: minutes * 60_000 }),
    });
    if (shell) return tally;
    const counted = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Tally) : undefined;
    if (counted && !counted.unfinished) return counted;
    if (counted && counted.passed >= tally.passed) tally = counted;
    if (error) return lost(tally, `the tests were not at their end after ${minutes} minutes`);
  }
  return lost(tally, 'the guest ended before its tests did');
}

/** The rows that the command line asks for. */
function places(
  all: boolean,
  series = matrix[0]!.kernel as string,
  cgroup = matrix[0]!.cgroup as string,
): readonly Place[] {
  if (all) return matrix;
  const place = { kernel: series as Series, cgroup: cgroup as Place['cgroup'] };
  if (!(series in suites))
    throw new DrydockError('BAD_USAGE', `--kernel is one of ${Object.keys(suites).join(', ')}, not '${series}'`);
  if (!cgroupModes.includes(place.cgroup))
    throw new DrydockError('BAD_USAGE', `--cgroup is one of ${cgroupModes.join(', ')}, not '${cgroup}'`);
  return [place];
}

/** What the command line asks for: where, and what. */
function asked(): { rows: readonly Place[]; wanted: readonly Task[]; shell: boolean } {
  const { values, positionals } = parseArgs({
    // With names or without: parseArgs has no option of both kinds.
    args: process.argv.slice(2).map((word) => (word === '--lessons' ? '--lessons=' : word)),
    allowPositionals: true,
    options: {
      all: { type: 'boolean', default: false },
      lessons: { type: 'string' },
      long: { type: 'boolean', default: false },
      shell: { type: 'boolean', default: false },
      kernel: { type: 'string' },
      cgroup: { type: 'string' },
      words: { type: 'string', default: '' },
    },
  });
  const rows = places(values.all, values.kernel, values.cgroup);
  const wanted = tasks(positionals, { ...values, patience: process.argv.length === 2 ? 30 : 60 });
  return { rows, wanted, shell: values.shell };
}

function main(): number {
  const { rows, wanted, shell } = asked();
  needEmulator('mke2fs');
  const results: Result[] = [];
  for (const place of rows)
    for (const task of wanted) {
      results.push(tested(place, task));
      // After each: the next one takes long, and may be interrupted.
      if (task.name !== 'named') keep(results);
      tell(results, results.length < rows.length * wanted.length);
    }
  if (shell) return 0;
  report(results);
  const { passed, failed } = total(results);
  return failed > 0 || passed === 0 ? 1 : 0;
}

told('test:vm', main);
