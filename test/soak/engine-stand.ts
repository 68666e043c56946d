/**
 * An engine that can be killed, on a machine of its own as far as the network goes: a network namespace that a process
 * holds, so that links and rules can be counted, and what a killed engine leaves of them is still there for the next one.
 */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { Client } from '../../src/client/client.ts';
import { endpointOf } from '../../src/client/endpoint.ts';
import { readMountinfo } from '../../src/linux/mountinfo.ts';
import { native, projectHome } from '../../src/linux/native.ts';
import { removeCgroups } from '../../src/runtime/cgroup-removal.ts';
import { unmountAll } from '../../src/snapshots/mount.ts';

const program = (): string => join(projectHome(), 'dist/drydock.cjs');

export class Stand {
  readonly folder = mkdtempSync(join(tmpdir(), 'dd-'));
  readonly root = join(this.folder, 'root');
  readonly run = join(this.folder, 'run');
  private readonly socket = join(this.run, 'drydock.sock');
  private holder!: ChildProcess;
  private engine?: ChildProcess;
  private said = '';
  /** Every container that was there at a kill. */
  private readonly seen = new Set<string>();

  /** `megabytes`: how large its disk is, if it has one of its own. */
  static async open({ megabytes }: { megabytes?: number } = {}): Promise<Stand> {
    const stand = new Stand();
    for (const path of [stand.root, stand.run]) mkdirSync(path, { mode: 0o700 });
    if (megabytes) native.mount('tmpfs', stand.root, 'tmpfs', 0, `size=${megabytes}m,mode=0700`);
    const held = 'ip link set lo up && echo ready && exec sleep 1000000';
    stand.holder = spawn('unshare', ['--net', '--', 'sh', '-c', held], { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(stand.holder.stdout!, 'data');
    return stand;
  }

  /** Starts an engine, and answers when it does. */
  async start(options: readonly string[] = []): Promise<void> {
    const { NODE_EXTRA_CA_CERTS: _, ...inherited } = process.env;
    const env = { ...inherited, DRYDOCK_ROOT: this.root, DRYDOCK_RUN: this.run };
    const words = [this.inside, '--', process.execPath, program(), 'daemon', ...options];
    const engine = spawn('nsenter', words, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    this.said = '';
    for (const stream of [engine.stdout, engine.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => (this.said = (this.said + text).slice(-4000)));
    this.engine = engine;
    const ended = once(engine, 'exit').then(() => {
      throw new Error(`the engine has ended: ${this.said}`);
    });
    ended.catch(() => undefined); // also when it is killed, later
    await Promise.race([ended, this.answers()]);
  }

  /** What it has said last. */
  get words(): string {
    return this.said;
  }

  /** kill -9 */
  async kill(): Promise<void> {
    const { engine } = this;
    if (!engine || engine.exitCode !== null || engine.signalCode !== null) return;
    const ended = once(engine, 'exit');
    engine.kill('SIGKILL');
    await ended;
    for (const name of this.states()) this.seen.add(name);
  }

  /** What the runtime knows of, by the names of their cgroups. */
  private states(): string[] {
    return namesIn(this.run).filter((name) => /^[0-9a-f]{12}$/.test(name));
  }

  /** A client that nobody else uses. */
  client(): Client {
    return new Client(endpointOf(`unix://${this.socket}`));
  }

  /** What is there of ours beyond an engine without containers; `quiet` is what such a one has. */
  found(): Found {
    return {
      processes: this.processes().map((pid) => `${pid} ${textOf(`/proc/${pid}/cmdline`).replaceAll('\0', ' ')}`),
      mounts: mountsBelow(this.folder),
      links: this.execute('ip', '-o', 'link')
        .match(/^\d+: [^:@]+/gm)!
        .map((line) => line.replace(/^\d+: /, '')),
      rules: this.execute('nft', 'list', 'ruleset').replace(/counter packets \d+ bytes \d+/g, 'counter'),
      containers: namesIn(join(this.root, 'containers')),
      states: this.states(),
      cgroups: this.cgroups(),
      volumes: namesIn(join(this.root, 'volumes')).filter((name) => /^[0-9a-f]{64}$/.test(name)),
    };
  }

  /** Those of every container that was there at a kill. */
  cgroups(): string[] {
    return readMountinfo()
      .filter(({ type }) => type.startsWith('cgroup'))
      .flatMap(({ mountPoint }) =>
        namesIn(join(mountPoint, 'drydock')).map((name) => join(mountPoint, 'drydock', name)),
      )
      .filter((path) => this.seen.has(basename(path).slice(0, 12)));
  }

  /** How many descriptors the engine has open. */
  descriptors(): number {
    return namesIn(`/proc/${this.pid}/fd`).length;
  }

  /** Whether the program of a container is gone, as the kernel sees it. */
  hasEnded(id: string): boolean {
    return existsSync(join(this.run, id.slice(0, 12), 'shim.exit'));
  }

  /** Ends everything, also what a failure has left. */
  async close(): Promise<void> {
    await this.kill();
    this.processes().forEach(killed);
    await removeCgroups(this.cgroups());
    this.holder.kill('SIGKILL');
    mountsBelow(this.folder).reverse().forEach(unmountAll);
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** The engine itself: nsenter becomes it. */
  private get pid(): number {
    return this.engine!.pid!;
  }

  private processes(): string[] {
    return readdirSync('/proc').filter((name) => /^\d+$/.test(name) && this.isOurs(name));
  }

  private get inside(): string {
    return `--net=/proc/${this.holder.pid}/ns/net`;
  }

  private execute(...words: string[]): string {
    return execFileSync('nsenter', [this.inside, '--', ...words], { encoding: 'utf8' });
  }

  /** A process that has a file of ours open, or is in a container that was there at a kill; the engine itself is none. */
  private isOurs(pid: string): boolean {
    if (Number(pid) === this.engine?.pid || Number(pid) === process.pid) return false;
    const fds = `/proc/${pid}/fd`;
    if (namesIn(fds).some((fd) => linkOf(join(fds, fd))?.startsWith(this.folder))) return true;
    const [, name = ''] = /\/drydock\/([0-9a-f]{12})/.exec(textOf(`/proc/${pid}/cgroup`)) ?? [];
    return this.seen.has(name);
  }

  private async answers(): Promise<void> {
    for (;;) {
      try {
        return await this.client().done('GET', '/_ping');
      } catch {
        // It is not there yet. Whether it never will be, its end tells.
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    }
  }
}

export interface Found {
  readonly processes: readonly string[];
  readonly mounts: readonly string[];
  readonly links: readonly string[];
  readonly rules: string;
  readonly containers: readonly string[];
  readonly states: readonly string[];
  readonly cgroups: readonly string[];
  readonly volumes: readonly string[];
}

function killed(pid: string): void {
  try {
    process.kill(Number(pid), 'SIGKILL');
  } catch {
    // It has ended since we saw it.
  }
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return ''; // it has ended
  }
}

function linkOf(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined; // it has ended
  }
}

function mountsBelow(folder: string): string[] {
  return readMountinfo().flatMap(({ mountPoint }) => (mountPoint.startsWith(`${folder}/`) ? [mountPoint] : []));
}

function namesIn(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return []; // it has ended, or nothing was made yet
  }
}
