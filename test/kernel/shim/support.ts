/**
 * What the tests of the helper share: the built programs, processes with what they said, and containers of a few steps
 * that are started without the runtime above.
 */
import { type ChildProcess, spawn, type StdioOptions } from 'node:child_process';
import { closeSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Duplex } from 'node:stream';
import { native } from '../../../src/linux/native.ts';
import { encode } from '../../../src/runtime/encode.ts';
import type { Step } from '../../../src/runtime/plan.ts';
import type { Call } from '../../../src/runtime/steps.ts';

export const SHIM = process.env.DRYDOCK_SHIM ?? join(__dirname, '../../../build/Release/drydock-shim');
export const INIT = join(dirname(SHIM), 'drydock-init');
export const PUPPET = join(dirname(SHIM), 'drydock-puppet');

export const NEWNS = 0x20000;
export const NEWPID = 0x20000000;
const MS_REC_PRIVATE = 0x4000 | 0x40000;

/** A process and all that it has said so far. */
export interface Running {
  readonly child: ChildProcess;
  readonly pid: number;
  readonly out: () => string;
  readonly err: () => string;
  /** Resolves when what it has said matches; rejects when it ends before. */
  readonly says: (pattern: RegExp) => Promise<string>;
  /** 128 + n when signal n ended it, as a shell has it. */
  readonly code: Promise<number>;
}

const started = new Set<ChildProcess>();
const containers = new Map<ChildProcess, number>();

/** Ends what a test has left running. For afterEach. */
export function endStarted(): void {
  for (const child of started) {
    const container = containers.get(child);
    if (container !== undefined) killIfThere(container);
    child.kill('SIGKILL');
  }
  started.clear();
  containers.clear();
}

function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error; // its parent has reaped it meanwhile
  }
}

/** Runs a script in a dock to its end. */
export async function inDock(
  script: string,
  ...options: string[]
): Promise<{ code: number; out: string; err: string }> {
  const running = start(SHIM, ['sandbox', ...options, '--', '/bin/sh', '-c', script]);
  running.child.stdin!.end();
  const code = await running.code;
  return { code, out: running.out(), err: running.err() };
}

const signalNumbers: Record<string, number> = { SIGHUP: 1, SIGINT: 2, SIGKILL: 9, SIGTERM: 15 };

function promise(): [Promise<void>, () => void] {
  let resolve = (): void => undefined;
  const made = new Promise<void>((done) => (resolve = done));
  return [made, resolve];
}

/** Starts a program with pipes, and descriptors from 3 on as given. */
export function start(command: string, args: readonly string[], extra: StdioOptions = []): Running {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe', ...extra] as StdioOptions });
  started.add(child);
  let out = '';
  let err = '';
  let ended = false;
  let [news, tell] = promise();
  const tidings = (): void => {
    tell();
    [news, tell] = promise();
  };
  child.stdout!.setEncoding('utf8').on('data', (text: string) => {
    out += text;
    tidings();
  });
  child.stderr!.setEncoding('utf8').on('data', (text: string) => (err += text));
  const code = new Promise<number>((resolve, reject) => {
    child.on('error', (error) => {
      ended = true;
      tidings();
      reject(error);
    });
    child.on('close', (status, signal) => {
      started.delete(child);
      ended = true;
      tidings();
      resolve(status ?? 128 + (signalNumbers[signal!] ?? 0));
    });
  });
  const says = async (pattern: RegExp): Promise<string> => {
    for (;;) {
      const match = pattern.exec(out);
      if (match) return match[1] ?? match[0];
      if (ended) throw new Error(`it ended before it said ${String(pattern)}: ${out}${err}`);
      await news;
    }
  };
  return { child, pid: child.pid!, out: () => out, err: () => err, says, code };
}

/** One step as the runtime would record it. */
export function step(call: Call, args: readonly unknown[], into?: string): Step {
  return { phase: 'exec', isolator: 'test', call, args, because: '', tolerate: [], into, at: { place: '' } };
}

export interface ContainerOptions {
  cloneFlags?: number;
  terminal?: boolean;
  stateFolder?: number;
  steps?: readonly Step[];
  /** Runs the supervisor below this program; `$SHIM` is replaced in its arguments. */
  below?: readonly [string, ...string[]];
}

export interface Supervised extends Running {
  /** The container's process, as we see it; rejects when it is not born. */
  readonly born: Promise<number>;
}

/** Starts `drydock-shim supervise` with a container that runs `command`. */
export function supervise(command: readonly string[], options: ContainerOptions = {}): Supervised {
  const { cloneFlags = NEWPID | NEWNS, terminal, stateFolder, below = ['$SHIM', 'supervise'] } = options;
  const consoles = terminal ? native.seqpacketPair() : undefined;
  const steps = [
    step('setsid', []),
    ...(options.steps ?? []),
    ...(terminal
      ? [
          step('open_console', [0, 0, 0, 0], 'master'),
          step('send_fd', [{ fd: 'console' }, { fd: 'master' }, 'console']),
        ]
      : []),
    ...(cloneFlags & NEWPID
      ? [step('mount', [null, '/', null, MS_REC_PRIVATE, null]), step('mount', ['proc', '/proc', 'proc', 0, null])]
      : []),
    step('execve', [command, ['PATH=/usr/sbin:/usr/bin:/sbin:/bin', 'TERM=xterm'], 0]),
  ];
  const given: Record<string, number> = consoles ? { console: 7 } : {};
  const plan = native.anonymousFile(encode({ steps, cloneFlags, joins: [], tasks: [], given }));
  const [program, ...args] = below.map((word) => word.replaceAll('$SHIM', SHIM)) as [string, ...string[]];
  const running = start(program, args, [
    'pipe',
    plan,
    consoles?.[0] ?? 'ignore',
    stateFolder ?? 'ignore',
    consoles?.[1] ?? 'ignore',
  ]);
  closeSync(plan);
  consoles?.forEach((fd) => closeSync(fd));
  const born = converse(running.child.stdio[3] as unknown as Duplex);
  born.then(
    (pid) => containers.set(running.child, pid),
    () => undefined, // not born: the test that asked for it is told
  );
  return { ...running, born };
}

const BORN = 1;
const FAILED = 4;

/** Our half of the conversation: the container may go on as soon as it is born. */
function converse(socket: Duplex): Promise<number> {
  return new Promise((resolve, reject) => {
    let data = Buffer.alloc(0);
    socket.on('data', (more: Buffer) => {
      data = Buffer.concat([data, more]);
      for (; data.length >= 64; data = data.subarray(64)) {
        if (data.readUInt32LE(0) === BORN) {
          resolve(data.readInt32LE(8));
          socket.write(Buffer.from([1]));
        } else if (data.readUInt32LE(0) === FAILED) {
          reject(new Error(`${data.toString('utf8', 16).replace(/\0/g, '')}: errno ${data.readInt32LE(8)}`));
        }
      }
    });
    socket.on('error', reject);
    socket.on('close', () => reject(new Error('not born')));
  });
}

/** Whether a process of that number exists and is not a zombie. */
export function isAlive(pid: number): boolean {
  return stateOf(pid) !== undefined && stateOf(pid) !== 'Z';
}

/** The letter of a process's state; undefined when there is no such process. */
export function stateOf(pid: number): string | undefined {
  try {
    return /\) (\w)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1];
  } catch {
    return undefined;
  }
}

/** Processes whose command line contains the text. */
export function processesWith(text: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((name) => {
      try {
        return readFileSync(`/proc/${name}/cmdline`, 'utf8').includes(text);
      } catch {
        return false;
      }
    })
    .map(Number);
}

/** Waits for something that the kernel does in its own time. */
export async function eventually(what: string, isTrue: () => boolean, deadlineMs = 5000): Promise<void> {
  const end = Date.now() + deadlineMs;
  while (!isTrue()) {
    if (Date.now() > end) throw new Error(`not within ${deadlineMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** A folder that is gone after `use`. */
export async function withFolder<T>(use: (folder: string) => Promise<T> | T): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'drydock-shim-'));
  try {
    return await use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
