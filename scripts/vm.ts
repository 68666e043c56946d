// `npm run test:vm`: the tests of the runtime on machines with Debian's kernels.
//
//     npm run test:vm                      Linux 6.1 with cgroup v2 alone: what CI runs
//     npm run test:vm -- --all             each row of the matrix below, one after another
//     npm run test:vm -- --kernel=5.10 --cgroup=hybrid [FILE…]
//     node --import tsx scripts/vm.ts --shell
//
// The guest is this machine's own files (9p, read-only) below a file system in memory, with another kernel: nothing is
// installed, and nothing of the host can be changed. qemu emulates it, which takes minutes; DRYDOCK_KVM=1 does without.
// The result is a table, and build/vm/results.json. `--words="security=selinux selinux=1"` are for the kernel.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { table } from '../src/cli/output.ts';
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
import type { CgroupMode } from '../src/vm/emulator.ts';
import { vmFolder } from '../src/vm/folder.ts';
import { makeInitramfs } from '../src/vm/initramfs.ts';
import { kernel } from '../src/vm/kernel.ts';

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

interface Place {
  readonly kernel: Series;
  readonly cgroup: CgroupMode;
}

/** Each kernel, and each way to have cgroups. The first is the one for every day. */
const matrix: readonly Place[] = [
  { kernel: '6.1', cgroup: 'v2' },
  { kernel: '6.1', cgroup: 'v1' },
  { kernel: '5.10', cgroup: 'hybrid' },
  { kernel: '6.12', cgroup: 'v2' },
];

interface Tally {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly failures?: readonly string[];
}

interface Result extends Place, Tally {
  /** `uname -r` of the guest. */
  readonly release: string;
  readonly seconds: number;
  readonly date: string;
}

interface Task {
  readonly files: readonly string[];
  readonly words: string;
  readonly shell: boolean;
}

/** What the guest does once it has its files. */
function script({ files, shell }: Task): string {
  const env = `DRYDOCK_SLOWNESS=${SLOWNESS} DRYDOCK_ROUNDS=20 DRYDOCK_TALLY=/out/tally.json HOME=/root TMPDIR=/scratch CI=true`;
  const mocha = `${process.execPath} node_modules/mocha/bin/mocha.js --timeout 900000 ${files.join(' ')}`;
  const body = shell ? 'setsid sh -c "exec sh </dev/ttyS0 >/dev/ttyS0 2>&1"' : `env ${env} ${mocha}`;
  return `cd ${home}\nexport PATH=${process.env.PATH}\nuname -rv\n${body}\necho $? >/out/code\nsync\necho o >/proc/sysrq-trigger\nsleep 60\n`;
}

function testsIn(folder: string): string[] {
  const slow = ['crowd', 'spawn'];
  return readdirSync(join(home, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.test.ts') && !slow.includes(basename(file, '.test.ts')))
    .sort()
    .map((file) => join(folder, file));
}

/** Runs the tests on one kernel. Its last attempt is the one that counts. */
function tested(place: Place, task: Task): Result {
  const begun = Date.now();
  const booted = kernel(place.kernel, console.log);
  const work = mkdtempSync(join(tmpdir(), 'drydock-vm-'));
  try {
    const out = join(work, 'out');
    mkdirSync(out);
    writeFileSync(join(out, 'run.sh'), script(task));
    const initramfs = join(work, 'initramfs.cpio');
    const files = { init: join(home, 'test/vm/init.sh'), cgroups: join(home, 'vm/debian/cgroups.sh') };
    makeInitramfs(initramfs, { kernel: booted, modules: MODULES, files });
    const accelerated = isAccelerated(process.env.DRYDOCK_KVM === '1' ? 'kvm' : 'none');
    const commandLine = `${cgroupWords(place.cgroup)} ${task.words}`;
    const words = [
      ...machineWords({ accelerated, kernel: booted.image, initramfs, commandLine, memory: 4096 }),
      ...['-serial', 'mon:stdio', '-nic', 'none', ...share('host', '/', false), ...share('out', out, true)],
    ];
    const tally = attempted(place, words, out, task.shell);
    return { ...place, release: booted.release, ...tally, seconds: secondsSince(begun), date: today() };
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

const secondsSince = (begun: number): number => Math.round((Date.now() - begun) / 1000);
const today = (): string => new Date().toISOString().slice(0, 10);

/** Boots until the tests have come to their end; what they counted. */
function attempted(place: Place, words: readonly string[], out: string, shell: boolean): Tally {
  const [tally, code] = [join(out, 'tally.json'), join(out, 'code')];
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    console.log(`booting ${place.kernel} with cgroup ${place.cgroup}${attempt > 1 ? `, attempt ${attempt}` : ''}`);
    rmSync(code, { force: true });
    const stdio = [shell ? 'inherit' : 'ignore', 'inherit', 'inherit'] as const;
    spawnSync(QEMU, words, { stdio: [...stdio], ...(shell ? {} : { timeout: MINUTES * 60_000 }) });
    if (shell) return { passed: 0, failed: 0, skipped: 0 };
    if (existsSync(tally) && existsSync(code)) return JSON.parse(readFileSync(tally, 'utf8')) as Tally;
  }
  return { passed: 0, failed: 1, skipped: 0, failures: ['the guest ended before its tests did'] };
}

function report(results: readonly Result[]): void {
  const head = ['kernel', 'release', 'cgroup', 'passed', 'failed', 'skipped', 'seconds'];
  const rows = results.map((result) => head.map((name) => String(result[name as keyof Result])));
  console.log(`\n${table([head, ...rows])}\n`);
  for (const { kernel: series, cgroup, failures = [] } of results)
    for (const failure of failures) console.log(`FAILED on ${series} with cgroup ${cgroup}: ${failure}\n`);
  mkdirSync(vmFolder(), { recursive: true });
  writeFileSync(join(vmFolder(), 'results.json'), `${JSON.stringify(results, null, 1)}\n`);
}

/** The rows that the command line asks for. */
function places(all: boolean, series?: string, cgroup?: string): readonly Place[] {
  if (all) return matrix;
  const place = {
    ...matrix[0]!,
    ...(series && { kernel: series as Series }),
    ...(cgroup && { cgroup: cgroup as CgroupMode }),
  };
  if (!(place.kernel in suites))
    throw new Error(`--kernel is one of ${Object.keys(suites).join(', ')}, not '${place.kernel}'`);
  if (!cgroupModes.includes(place.cgroup))
    throw new Error(`--cgroup is one of ${cgroupModes.join(', ')}, not '${place.cgroup}'`);
  return [place];
}

function main(): number {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      all: { type: 'boolean', default: false },
      shell: { type: 'boolean', default: false },
      kernel: { type: 'string' },
      cgroup: { type: 'string' },
      words: { type: 'string', default: '' },
    },
  });
  const rows = places(values.all, values.kernel, values.cgroup);
  needEmulator();
  const files = positionals.length > 0 ? positionals : [...testsIn('test/kernel/runtime'), ONLY_HERE];
  const results = rows.map((place) => tested(place, { files, words: values.words, shell: values.shell }));
  if (values.shell) return 0;
  report(results);
  const sum = (key: 'passed' | 'failed' | 'skipped'): number => results.reduce((all, one) => all + one[key], 0);
  const total = { passed: sum('passed'), failed: sum('failed'), skipped: sum('skipped') };
  const failures = results.flatMap((one) => one.failures ?? []);
  if (process.env.DRYDOCK_TALLY) writeFileSync(process.env.DRYDOCK_TALLY, JSON.stringify({ ...total, failures }));
  return total.failed > 0 || total.passed === 0 ? 1 : 0;
}

process.exitCode = main();
