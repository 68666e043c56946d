/**
 * What the kernel tests share: a folder of their own, a root file system made of the host's static busybox, a short way
 * to run a container, and a look at everything that a container could leave behind.
 *
 * All tests of one mocha run use one folder, which is removed when the process ends. `leavesNothing()` in a `describe`
 * compares mounts, cgroups, processes, descriptors and states before and after each of its tests; the kernel tears down
 * late, so it asks again until a deadline.
 */
import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import {
  chmodSync,
  closeSync,
  copyFileSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DrydockError } from '../../src/errors.ts';
import { capabilityNames, holds, ownBoundingSet } from '../../src/linux/capabilities.ts';
import { features } from '../../src/linux/features.ts';
import { readMountinfo } from '../../src/linux/mountinfo.ts';
import { projectHome } from '../../src/linux/native.ts';
import { readStat } from '../../src/linux/procfs.ts';
import { create, list, start, type Container, type CreateOptions } from '../../src/runtime/container.ts';
import { remove } from '../../src/runtime/remove.ts';
import { defaultSpec, type Wishes } from '../../src/runtime/default-spec.ts';
import type { Spec } from '../../src/runtime/spec.ts';

/** Everything of this run lies below it. Others may pass through: root of a user namespace is somebody else here. */
export const folder = mkdtempSync(join(tmpdir(), 'drydock-test-'));
chmodSync(folder, 0o711);
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

/** Stands in for DRYDOCK_RUN and DRYDOCK_ROOT. */
export const run = join(folder, 'run');
process.env.DRYDOCK_RUN = run;
process.env.DRYDOCK_ROOT = join(folder, 'root');

const busybox = ['/bin/busybox', '/usr/bin/busybox'].find(isThere);

function isThere(path: string): boolean {
  try {
    closeSync(openSync(path, 'r'));
    return true;
  } catch {
    return false;
  }
}

const applets =
  'sh ash cat echo ls id env pwd ps stat readlink sleep true false test grep mkdir rmdir touch chmod kill tty mount umount ' +
  'hostname ' +
  'umask sync wc head od stty trap nc ifconfig ping ip unshare cut tail seq find ln rm cp mv dd tr sort';

let count = 0;

/** In all names of this run: others may have containers of their own at the same time. */
const mark = `-${process.pid}-`;

/** A name that nobody has had. */
export const fresh = (prefix: string): string => `${prefix}${mark}${++count}`;

/** A new bundle folder with a small root file system in `rootfs`. */
export function makeBundle(): string {
  assert(busybox, 'a static busybox is needed: apt-get install busybox-static');
  const bundle = join(folder, fresh('bundle'));
  const master = join(folder, 'busybox');
  if (!isThere(master)) copyFileSync(busybox, master);
  for (const dir of ['bin', 'etc', 'tmp', 'proc', 'sys', 'dev', 'root']) {
    mkdirSync(join(bundle, 'rootfs', dir), { recursive: true });
  }
  chmodSync(join(bundle, 'rootfs/tmp'), 0o1777);
  linkSync(master, join(bundle, 'rootfs/bin/busybox'));
  for (const applet of applets.split(' ')) symlinkSync('busybox', join(bundle, 'rootfs/bin', applet));
  writeFileSync(join(bundle, 'rootfs/etc/passwd'), 'root:x:0:0:root:/root:/bin/sh\nsailor:x:1000:1000::/:/bin/sh\n');
  writeFileSync(join(bundle, 'rootfs/etc/group'), 'root:x:0:\nsailor:x:1000:\n');
  return bundle;
}

let shared: string | undefined;

/** The bundle for tests that write nothing into it. */
export const bundle = (): string => (shared ??= makeBundle());

/** The default config with these wishes, changed by `change`. */
export function specOf(wishes: Wishes, change: (spec: Spec) => void = () => undefined): Spec {
  const spec = defaultSpec(wishes, features());
  change(spec);
  return spec;
}

/** A container whose root has all that ours has: for attackers, and for what needs more than the default. */
export function withAllPowers({ process: wanted }: Spec): void {
  const all = capabilityNames.filter((name) => holds(ownBoundingSet(), capabilityNames.indexOf(name)));
  wanted.capabilities = { bounding: [...all], effective: [...all], permitted: [...all] };
}

/** Options of a create, with everything filled in that the test does not care for. */
export function boxed(options: Partial<CreateOptions> & { spec: Spec }): CreateOptions {
  return { id: fresh('box'), bundle: bundle(), run, ...options };
}

/** A file that takes the output of a container; `text` reads what is in it. */
export interface Output {
  readonly stdio: [number, number, number];
  text(): string;
  close(): void;
}

export function output(): Output {
  const path = join(folder, fresh('output'));
  const [nothing, file] = [openSync('/dev/null', 'r'), openSync(path, 'a')];
  const fds = [nothing, file];
  return {
    stdio: [nothing, file, file],
    text: () => readFileSync(path, 'utf8'),
    close: () => fds.splice(0).forEach((fd) => closeSync(fd)),
  };
}

/** Creates and starts a container, gives it to `body`, and removes it whatever happens. */
export async function withBox<T>(options: CreateOptions, body: (box: Container) => Promise<T> | T): Promise<T> {
  const { run: states, id } = options;
  const box = await create(options);
  const ended = box.wait();
  try {
    await start(states, id, options.isolators);
    return await body({ ...box, wait: () => ended });
  } finally {
    await remove(states, id, { force: true }, options.isolators);
    await ended;
  }
}

/** Does `start`, `exec`, … of container.ts in another Node: what it answered, or the error that it threw. */
export function elsewhere(verb: string, ...args: string[]): Promise<{ ok?: unknown; error?: Partial<DrydockError> }> {
  return new Promise((resolve, reject) => {
    const argv = ['--import', 'tsx', join(__dirname, 'elsewhere.ts'), verb, ...args];
    execFile(process.execPath, argv, { cwd: projectHome() }, (error, stdout) => {
      if (error) reject(new Error(error.message, { cause: error }));
      else resolve(JSON.parse(stdout) as { ok?: unknown });
    });
  });
}

export interface Result {
  code: number;
  text: string;
}

/** Runs a container to its end. */
export async function runBox(options: Partial<CreateOptions> & { spec: Spec }): Promise<Result> {
  const out = output();
  try {
    const code = await withBox(boxed({ stdio: out.stdio, ...options }), (box) => box.wait());
    return { code, text: out.text() };
  } finally {
    out.close();
  }
}

/** Runs a line of shell in a default container. */
export const shell = (line: string, change?: (spec: Spec) => void): Promise<Result> =>
  runBox({ spec: specOf({ args: ['sh', '-c', line] }, change) });

/** An emulated machine takes so much longer; deadlines grow by it. */
const slowness = Number(process.env.DRYDOCK_SLOWNESS ?? 1);

/** Asks until `look` answers something true, or fails with `what`. */
export async function until<T>(what: string, look: () => T | undefined | false, withinMs = 20_000): Promise<T> {
  for (const deadline = Date.now() + withinMs * slowness; ; await sleep(5)) {
    const found = look();
    if (found) return found;
    assert(Date.now() < deadline, `waited ${withinMs} ms for: ${what}`);
  }
}

/** Compiles a C file beside the tests into a static program, once. */
export function compiled(name: string): string {
  const program = join(folder, name);
  const source = join(__dirname, 'runtime/helpers', `${name}.c`);
  if (!isThere(program)) execFileSync('cc', ['-static', '-Wall', '-Wextra', '-Werror', '-o', program, source]);
  return program;
}

/** Skips the rest of a test, or of a whole `describe` from its `before`, saying why in the title. */
export function skip(context: Mocha.Context, reason: string): never {
  const test = context.test!;
  // Mocha names a hook anew after it has run.
  const named = (test as { type?: string }).type === 'hook' ? test.parent! : test;
  named.title += ` [skipped: ${reason}]`;
  context.skip();
}

/** Whatever a container could leave behind. */
export interface Leftovers {
  /** `pid line` for each mount anywhere that speaks of our folder. */
  mounts: string[];
  cgroups: string[];
  /** Below us, or with a descriptor in our folder. */
  processes: string[];
  descriptors: string[];
  states: string[];
}

export function leftovers(): Leftovers {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return {
    mounts: pids.flatMap(mountsOf),
    cgroups: cgroupsOf(''),
    processes: pids.filter(isOurs).map((pid) => `${pid} ${readStat(Number(pid))?.name}`),
    // tsx looks into its cache whenever it likes.
    descriptors: links('/proc/self/fd')
      .filter((link) => !link.includes('/tsx-'))
      .map(withoutNumbers)
      .sort(),
    states: names(run),
  };
}

/** Cgroup directories, in all hierarchies, of containers of this run whose id contains `part`. */
export function cgroupsOf(part: string): string[] {
  return readMountinfo()
    .filter(({ type }) => type === 'cgroup' || type === 'cgroup2')
    .flatMap(({ mountPoint }) => names(join(mountPoint, 'drydock')).map((name) => join(mountPoint, 'drydock', name)))
    .filter((path) => path.includes(mark) && path.includes(part));
}

/** Waits until everything is as in `before`. */
export async function nothingLeft(before: Leftovers, withinMs = 20_000): Promise<void> {
  for (const deadline = Date.now() + withinMs * slowness; ; await sleep(10)) {
    try {
      return assert.deepEqual(leftovers(), before);
    } catch (error) {
      if (Date.now() > deadline) throw error;
    }
  }
}

/** Each test of this `describe` must leave everything as it found it. */
export function leavesNothing(): void {
  let found: Leftovers;
  // What is made once for the whole process (the sealed copy, the thread that watches) is made before we look.
  before('warm up', async function () {
    await shell('true');
  });
  beforeEach('look around', () => {
    bundle();
    found = leftovers();
  });
  afterEach('nothing is left', async () => {
    try {
      await nothingLeft(found);
    } finally {
      // A test that failed half way must not fail the next ones.
      for (const { id } of list(run)) await remove(run, id, { force: true });
    }
  });
}

function names(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return []; // gone since we read its name
  }
}

function mountsOf(pid: string): string[] {
  try {
    const lines = readFileSync(`/proc/${pid}/mountinfo`, 'utf8').split('\n');
    return lines.filter((line) => line.includes(folder)).map((line) => `${pid} ${line}`);
  } catch {
    return []; // it has ended
  }
}

function links(dir: string): string[] {
  return names(dir).flatMap((name) => {
    try {
      return [readlinkSync(join(dir, name))];
    } catch {
      return []; // the descriptor of the listing itself
    }
  });
}

const withoutNumbers = (link: string): string => link.replace(/\d+/g, 'N');

function isOurs(pid: string): boolean {
  if (pid === String(process.pid)) return false;
  if (links(`/proc/${pid}/fd`).some((link) => link.startsWith(folder))) return true;
  for (let at = Number(pid); at > 1; at = readStat(at)?.parent ?? 0) if (at === process.pid) return true;
  return false;
}
