/**
 * Two machines, which are network namespaces: ours, on which containers are, and another one on the same cable
 * (192.0.2.1 and 192.0.2.2, RFC 5737). The network of the real machine is not touched: what is made here goes with the
 * processes that hold the namespaces, and these end with us.
 */
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { slowness } from './slowness.ts';

export const OURS = '192.0.2.1';
/** Another address of our machine. */
export const ALSO_OURS = '192.0.2.9';
export const THEIRS = '192.0.2.2';

const LINE_MS = 10_000 * slowness;
/** For a cable between two namespaces of one machine a second is long; for the two programs at its ends, emulated, not. */
const ANSWER_S = Math.ceil(slowness / 5);

/** A network namespace. */
export class Machine {
  private readonly programs: ChildProcess[] = [];

  private constructor(private readonly holder: ChildProcess) {}

  static async open(): Promise<Machine> {
    // It ends when its input does: with us, however we end.
    const script = 'ip link set lo up && echo ready && exec cat';
    const holder = spawn('unshare', ['--net', 'sh', '-c', script], { stdio: ['pipe', 'pipe', 'inherit'] });
    await once(holder.stdout, 'data');
    return new Machine(holder);
  }

  get pid(): number {
    return this.holder.pid!;
  }

  /** The file that stands for it. */
  get path(): string {
    return `/proc/${this.pid}/ns/net`;
  }

  /** What a shell command says there, to both outputs. */
  sh(command: string): Promise<string> {
    return new Promise((resolve) => {
      execFile('nsenter', [`--net=${this.path}`, '--', 'sh', '-c', command], { timeout: LINE_MS }, (_error, out, err) =>
        resolve((out + err).trim()),
      );
    });
  }

  /** Starts a program there, which ends with the machine. */
  start(...command: readonly string[]): void {
    this.programs.push(spawn('nsenter', [`--net=${this.path}`, '--', ...command], { stdio: 'ignore' }));
  }

  async close(): Promise<void> {
    for (const one of [...this.programs, this.holder]) {
      const ended = once(one, 'exit');
      if (one.kill('SIGKILL')) await ended;
    }
  }
}

export interface Machines {
  readonly ours: Machine;
  readonly other: Machine;
}

/** Both, for as long as `work` takes. */
export async function withMachines<T>(work: (machines: Machines) => Promise<T>): Promise<T> {
  const all: Machine[] = [];
  try {
    all.push(await Machine.open(), await Machine.open());
    const [ours, other] = all as [Machine, Machine];
    await ours.sh(
      `ip link add eth0 type veth peer name eth0 netns ${other.pid}; ip link set eth0 up;` +
        `ip addr add ${OURS}/24 dev eth0; ip addr add ${ALSO_OURS}/24 dev eth0`,
    );
    await other.sh(`ip addr add ${THEIRS}/24 dev eth0; ip link set eth0 up`);
    return await work({ ours, other });
  } finally {
    for (const machine of all) await machine.close();
  }
}

/** What a port answers to somebody on a machine; empty when nobody does within a second. */
export const ask = (machine: Machine, address: string, port: number): Promise<string> =>
  machine.sh(`busybox nc -w ${ANSWER_S} ${address} ${port} </dev/null 2>/dev/null`);

/** For a container: serves a word on a port. */
export const serves = (port: number, word: string): string => `nc -ll -p ${port} -e echo ${word}`;

/** Until somebody answers so; a server needs a moment. The last answer. */
export async function answered(word: string, how: () => Promise<string>): Promise<string> {
  for (let tries = 0; ; tries++) {
    const said = await how();
    if (said === word || tries === 100) return said;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
