/**
 * Two machines for the tests of networks, which are network namespaces: ours, with the engine, and another one, with a
 * cable between them (192.0.2.1 and 192.0.2.2, RFC 5737). The network of the real machine is never touched; everything
 * is gone when the processes that hold the namespaces end, and they end with this one.
 */
import assert from 'node:assert/strict';
import { execFile, spawn, type ChildProcess, type StdioOptions } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { projectHome } from '../../../src/linux/native.ts';
import type { Attached, NetworkOptions } from '../../../src/network/networks.ts';
import { removeLeftovers } from '../../../src/runtime/remove.ts';
import { listDirs } from '../../../src/runtime/state.ts';
import { bridged } from '../../../src/network/bridged.ts';
import { isolators } from '../../../src/runtime/isolators/index.ts';
import { bundle, folder, fresh } from '../support.ts';
import type { Does } from './engine.ts';
import { recordOf } from './container.ts';
import { Programs, type FirewallName } from './kernels.ts';

export const OURS = '192.0.2.1';
export const THEIRS = '192.0.2.2';

export interface Started {
  readonly record: Attached;
  readonly pid: number;
  /** In its first network. */
  readonly address: string;
}

export class Lab {
  readonly root = join(folder, fresh('root'));
  readonly run = join(folder, fresh('run'));
  private readonly holders: ChildProcess[] = [];
  private engine?: ChildProcess;
  private count = 0;
  private readonly started: Attached[] = [];
  private readonly programs: ChildProcess[] = [];
  /** Of our machine's firewall. */
  readonly firewall: Programs;

  constructor(firewall: FirewallName = 'nftables') {
    this.firewall = new Programs(firewall);
  }

  /** Makes both machines and starts an engine. */
  async open(options: NetworkOptions = {}): Promise<void> {
    for (const path of [this.root, this.run]) mkdirSync(path, { recursive: true });
    for (let i = 0; i < 2; i++) this.holders.push(await holder());
    await this.host(`ip link add eth0 type veth peer name eth0 netns ${this.holders[1]!.pid}`);
    await this.host(
      `ip link set lo up; ip addr add ${OURS}/24 dev eth0; ip link set eth0 up; echo 0 >/proc/sys/net/ipv4/ip_forward`,
    );
    await this.other(`ip link set lo up; ip addr add ${THEIRS}/24 dev eth0; ip link set eth0 up`);
    await this.startEngine(options);
  }

  async startEngine(options: NetworkOptions = {}): Promise<void> {
    const node = [process.execPath, '--import', 'tsx', join(__dirname, 'engine.ts')];
    const args = [...this.inHost, ...node, this.root, this.run, bundle(), JSON.stringify(options)];
    const stdio: StdioOptions = ['ignore', 'inherit', 'inherit', 'ipc'];
    this.engine = spawn('nsenter', args, { cwd: projectHome(), env: this.firewall.env, stdio });
    await once(this.engine, 'message');
  }

  /** Tells the engine to do something. Throws what it threw. */
  async tell<V extends keyof Does>(verb: V, ...args: Parameters<Does[V]>): Promise<Awaited<ReturnType<Does[V]>>> {
    const number = ++this.count;
    const engine = this.engine!;
    return new Promise<Awaited<ReturnType<Does[V]>>>((resolve, reject) => {
      const listen = (answer: { number: number; ok?: unknown; error?: Error }): void => {
        if (answer.number !== number) return;
        engine.off('message', listen);
        if (answer.error) reject(Object.assign(new Error(answer.error.message), answer.error));
        else resolve(answer.ok as never);
      };
      engine.on('message', listen);
      engine.send({ number, verb, args });
    });
  }

  /** Kills the engine in the middle of whatever it does. */
  async killEngine(): Promise<void> {
    const ended = once(this.engine!, 'exit');
    this.engine!.kill('SIGKILL');
    await ended;
  }

  /** A container of this name that runs a shell command. */
  async start(
    name: string,
    wishes: Parameters<typeof recordOf>[1] = {},
    command = 'exec sleep 1000',
  ): Promise<Started> {
    const record = recordOf(name, wishes);
    this.started.push(record);
    const { pid, claim } = await this.tell('run', record, ['sh', '-c', command]);
    return { record, pid, address: claim?.endpoints[0]?.address ?? '' };
  }

  private get inHost(): string[] {
    return [`--net=/proc/${this.holders[0]!.pid}/ns/net`, '--'];
  }

  /** What a shell command says on our machine. */
  host(command: string): Promise<string> {
    return shell(this.holders[0]!.pid!, command, this.firewall.env);
  }

  /** The same on the other machine. */
  other(command: string): Promise<string> {
    return shell(this.holders[1]!.pid!, command);
  }

  /** The same in a container's network. */
  inside({ pid }: Started, command: string): Promise<string> {
    return shell(pid, command);
  }

  /** Runs a program of JavaScript on one of the two machines, or in a container's network, until the test is over. */
  serve(where: 'host' | 'other' | Started, script: string): ChildProcess {
    const { pid } = typeof where === 'string' ? this.holders[where === 'host' ? 0 : 1]! : where;
    const args = [`--net=/proc/${pid}/ns/net`, '--', process.execPath, '-e', script];
    const program = spawn('nsenter', args, { stdio: ['ignore', 'pipe', 'inherit'] });
    this.programs.push(program);
    return program;
  }

  /** Removes the containers and programs of a test. Their addresses are free again. */
  async clear(): Promise<void> {
    await end(this.programs.splice(0));
    const all = this.started.splice(0);
    for (const record of all) await this.tell('remove', record);
    for (const record of all) await this.tell('isOut', record);
  }

  async close(): Promise<void> {
    if (this.engine?.connected) {
      await this.clear();
      await this.killEngine();
    }
    for (const dir of listDirs(this.run)) await removeLeftovers(dir, [...isolators, bridged()]);
    await end([...this.programs, ...this.holders]);
  }
}

async function end(all: readonly ChildProcess[]): Promise<void> {
  for (const one of all) {
    const ended = once(one, 'exit');
    if (one.kill('SIGKILL')) await ended;
  }
}

async function holder(): Promise<ChildProcess> {
  const child = spawn('unshare', ['--net', '--', 'sh', '-c', 'echo ready; exec sleep 100000'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  return child;
}

function shell(pid: number, command: string, env = process.env): Promise<string> {
  return new Promise((resolve) => {
    const args = [`--net=/proc/${pid}/ns/net`, '--', 'sh', '-c', command];
    execFile('nsenter', args, { timeout: 30_000, env }, (_error, stdout, stderr) =>
      resolve(`${stdout}${stderr}`.trim()),
    );
  });
}

/** Serves a word on a port of whoever this runs in: for `start`. */
export const serves = (port: number, word: string): string => `exec nc -ll -p ${port} -e echo ${word}`;

/** A command that prints what a port answers, and nothing when there is no answer within a second. */
export const asks = (address: string, port: number): string =>
  `busybox nc -w 1 ${address} ${port} </dev/null 2>/dev/null`;

/** Until somebody answers so: a server in a container needs a moment. */
export async function answers(ask: () => Promise<string>, word: string): Promise<void> {
  let last = '';
  for (let left = 50; left > 0 && last !== word; left--) {
    last = await ask();
    if (last !== word) await sleep(20);
  }
  assert.equal(last, word);
}
