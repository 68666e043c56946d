/**
 * Containers for demos and checks: lab containers whose output is kept, and that are gone at the end whatever happened.
 *
 * The stage keeps a ledger of what its containers had (processes by mount namespace, cgroups, mounts), so that
 * "left behind: nothing" is counted and not claimed.
 */
import { randomBytes } from 'node:crypto';
import { closeSync, constants, existsSync, openSync, readFileSync, readSync, fstatSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { MS_NODEV, MS_NOSUID } from '../linux/constants.ts';
import { features } from '../linux/features.ts';
import { makeFolders } from '../linux/make-folders.ts';
import { readMountinfo } from '../linux/mountinfo.ts';
import { native } from '../linux/native.ts';
import { labRoot } from '../lab/lab.ts';
import { labFolder, labRootfs, reserveLabRootfs } from '../lab/rootfs.ts';
import type { CommonOptions } from '../runtime/container.ts';
import { defaultSpec } from '../runtime/default-spec.ts';
import { withInit } from '../runtime/init.ts';
import type { AnyIsolator } from '../runtime/isolators/index.ts';
import type { Spec } from '../runtime/spec.ts';
import { membersOf, namespaceOf, until } from './facts.ts';
import type { Runtime } from './rebuilt.ts';
import { slowness } from './slowness.ts';
import * as ours from './whole.ts';

export interface LabOptions {
  readonly args: readonly string[];
  /** The whole runtime unless said otherwise. */
  readonly stack?: readonly AnyIsolator[];
  /** Path of a PID 1 to put in front, or true for ours. */
  readonly init?: string | true;
  /** Its standard input; /dev/null otherwise. */
  readonly stdin?: number;
  /** A last word on the config. */
  readonly adjust?: (spec: Spec) => Spec;
  readonly onStep?: CommonOptions['onStep'];
}

export interface LabContainer {
  readonly id: string;
  /** Its first process, by its number outside. */
  readonly pid: number;
  readonly spec: Spec;
  /** What it is made of, without the lab's own files. */
  readonly stack: readonly AnyIsolator[];
  /** Exit code, 128 + n for a signal; undefined if it still runs after so many milliseconds. */
  ended(withinMs?: number): Promise<number | undefined>;
  /** Runs a command in it and waits for its end. */
  inside(args: readonly string[]): Promise<{ code: number; output: string }>;
  /** A shell in it on our terminal. */
  shell(): Promise<void>;
  /** Everything that it has written so far. */
  output(): string;
  /** Idempotent. */
  remove(): Promise<void>;
}

/** What of the containers is still there. */
export interface LeftBehind {
  readonly processes: number;
  readonly mounts: number;
  readonly cgroups: number;
}

export interface Stage {
  run(options: LabOptions): Promise<LabContainer>;
  leftBehind(): Promise<LeftBehind>;
  /** Removes every container; idempotent. */
  close(): Promise<void>;
}

interface Trace {
  /** Empty once nobody is in it any more. */
  mountNamespace: string;
  /** Keeps its number from being given to another namespace, whose processes would be counted, and killed, as ours. */
  readonly hold: number | undefined;
  readonly cgroups: readonly string[];
}

const LATE_MS = 5000 * slowness;
let overlaid = false;

/** Opens a stage for containers of ours or of a rebuilt runtime. `prefix` begins the containers' ids. */
export async function openStage(prefix: string, runtime: Runtime = ours): Promise<Stage> {
  const root = process.env.DRYDOCK_ROOT ?? '/var/lib/drydock';
  const run = process.env.DRYDOCK_RUN ?? '/run/drydock';
  const lower = await labRoot(root);
  makeFolders(run, 0o700);
  // The dock has mounts of its own: what is made here goes with it, however it ends.
  if (process.env.DRYDOCK_DOCKED === '1' && !overlaid) {
    native.mount('tmpfs', run, 'tmpfs', MS_NOSUID | MS_NODEV, 'size=16m,mode=700');
    overlaid = true;
  }
  const mountsBefore = mountCount(run);
  const traces: Trace[] = [];
  const open = new Set<LabContainer>();
  return {
    async run(options) {
      const id = `${prefix}-${randomBytes(4).toString('hex')}`;
      const place = { run, lower, runtime, traces };
      const container = await runIn(place, id, options, () => open.delete(container));
      open.add(container);
      return container;
    },
    async leftBehind() {
      const found = (): LeftBehind => ({
        processes: traces.reduce((sum, { mountNamespace }) => sum + membersOf(mountNamespace, 'mnt').length, 0),
        mounts: mountCount(run) - mountsBefore,
        cgroups: traces.flatMap(({ cgroups }) => cgroups).filter((folder) => existsSync(folder)).length,
      });
      // The kernel tears down late, on a busy machine very late: what goes by itself was on its way.
      await until(() => Object.values(found()).every((count) => count === 0), LATE_MS);
      return found();
    },
    async close() {
      for (const container of [...open]) await container.remove();
    },
  };
}

interface Place {
  readonly run: string;
  readonly lower: string;
  readonly runtime: Runtime;
  readonly traces: Trace[];
}

async function runIn(
  { run, lower, runtime, traces }: Place,
  id: string,
  options: LabOptions,
  forget: () => void,
): Promise<LabContainer> {
  const { create, start, exec, remove, isolators } = runtime;
  const stack = [labRootfs(lower, run), ...(options.stack ?? isolators)];
  const plain = defaultSpec({ args: options.args, root: reserveLabRootfs(run, id), hostname: 'lab' }, features());
  const guarded = options.init ? withInit(plain, options.init === true ? undefined : options.init) : plain;
  const spec = options.adjust ? options.adjust(guarded) : guarded;
  const out = scratch(run, id);
  const nothing = openSync('/dev/null', 'r');
  const stdio: [number, number, number] = [options.stdin ?? nothing, out, out];
  const common = { isolators: stack, stdio };
  let trace: Trace | undefined;
  const give = async (): Promise<void> => {
    await remove(run, id, { force: true }, stack);
    if (trace) await killAll(trace);
  };
  try {
    const container = await create({ ...common, id, spec, bundle: run, run, onStep: options.onStep });
    const ended = container.wait();
    try {
      trace = traceOf(container.pid);
      traces.push(trace);
      await start(run, id, stack);
    } catch (error) {
      await give();
      throw error;
    }
    let removed: Promise<void> | undefined;
    const removal = async (): Promise<void> => {
      forget();
      await give();
      await ended;
      closeSync(out);
      closeSync(nothing);
    };
    return {
      id,
      pid: container.pid,
      spec,
      stack: options.stack ?? isolators,
      ended: (withinMs = 5000) => soon(ended, withinMs * slowness),
      async inside(args) {
        const fd = scratch(run, `${id}-exec`);
        try {
          const process = { ...spec.process, args: [...args] };
          const ran = await exec(run, id, { isolators: stack, process, stdio: [nothing, fd, fd] });
          return { code: await ran.wait(), output: contents(fd) };
        } finally {
          closeSync(fd);
        }
      },
      async shell() {
        // Without a controlling terminal there is no job control: +m does not ask for it.
        const process = { ...spec.process, args: ['sh', '+m'] };
        // Opened again: our own does not block (O_NONBLOCK), and whoever shares it cannot read a line from it.
        const terminal = openSync('/proc/self/fd/0', constants.O_RDWR | constants.O_NOCTTY);
        try {
          const stdio = [terminal, terminal, terminal] as const;
          await (await exec(run, id, { isolators: stack, process, stdio })).wait();
        } finally {
          closeSync(terminal);
        }
      },
      output: () => contents(out),
      remove: () => (removed ??= removal()),
    };
  } catch (error) {
    closeSync(out);
    closeSync(nothing);
    throw error;
  }
}

/** A file without a name: what a program writes waits there for us without a reader that could be late. */
function scratch(run: string, id: string): number {
  const path = join(run, `${id}.out`);
  const fd = openSync(path, 'a+', 0o600);
  unlinkSync(path);
  return fd;
}

function contents(fd: number): string {
  const buffer = Buffer.alloc(Math.min(fstatSync(fd).size, 1 << 20));
  return buffer.subarray(0, readSync(fd, buffer, 0, buffer.length, 0)).toString();
}

/** What a process has that is not ours, too. */
function traceOf(pid: number): Trace {
  const mountNamespace = namespaceOf(pid, 'mnt');
  const cgroups = cgroupsOf(pid);
  if (mountNamespace === namespaceOf('self', 'mnt')) return { mountNamespace: '', hold: undefined, cgroups };
  return { mountNamespace, hold: openSync(`/proc/${pid}/ns/mnt`, 'r'), cgroups };
}

async function killAll(trace: Trace): Promise<void> {
  if (trace.hold === undefined || trace.mountNamespace === '') return;
  // Without a PID namespace nobody does it for us when the first process ends.
  const isEmpty = await until(() => {
    const members = membersOf(trace.mountNamespace, 'mnt');
    for (const pid of members)
      try {
        process.kill(pid, 'SIGKILL');
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
      }
    return members.length === 0;
  });
  if (!isEmpty) return;
  trace.mountNamespace = '';
  closeSync(trace.hold);
}

/** Directories of the cgroups that a process is in and we are not. */
function cgroupsOf(pid: number): string[] {
  const lines = (who: number | 'self'): string[] => readFileSync(`/proc/${who}/cgroup`, 'utf8').trim().split('\n');
  const ours = new Set(lines('self'));
  const roots = readMountinfo().filter(({ type }) => type === 'cgroup' || type === 'cgroup2');
  return lines(pid)
    .filter((line) => !ours.has(line))
    .flatMap((line) => {
      const [, controllers = '', path = ''] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
      const mount = roots.find(({ type, superOptions }) =>
        controllers === ''
          ? type === 'cgroup2'
          : controllers.split(',').every((one) => superOptions.split(',').includes(one)),
      );
      return mount ? [join(mount.mountPoint, path)] : [];
    });
}

function mountCount(run: string): number {
  const inLab = `${labFolder(run)}/`;
  return readMountinfo().filter(({ mountPoint }) => mountPoint.startsWith(inLab)).length;
}

function soon<T>(promise: Promise<T>, withinMs: number): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => resolve(undefined), withinMs);
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
