/**
 * An engine for a demo, a check or an attack: a process of its own with folders of its own, asked over its socket as by
 * any client, killed and started again as the lesson wants. Nothing of it is left afterwards.
 *
 * It is the engine that ships, not one that was rebuilt: what a learner has written is tried on what it leaves behind.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from '../client/client.ts';
import { DrydockError } from '../errors.ts';
import { projectHome } from '../linux/native.ts';
import { SOCKET } from '../start/places.ts';

/** A container to be made, in the lab, of a shell's lines. */
interface Wanted {
  readonly name?: string;
  readonly script: string;
  readonly host?: object;
  readonly more?: object;
}

interface OwnEngineOptions {
  /** A process in whose network namespace it is. Otherwise it has one of its own: no bridge of this machine is touched. */
  readonly network?: number;
}

export class OwnEngine {
  readonly folder = mkdtempSync(join(tmpdir(), 'drydock-own-'));
  readonly root = join(this.folder, 'root');
  readonly run = join(this.folder, 'run');
  readonly socket = join(this.run, SOCKET);
  private child?: ChildProcess;

  private constructor(private readonly options: OwnEngineOptions) {}

  static async open(options: OwnEngineOptions = {}): Promise<OwnEngine> {
    const engine = new OwnEngine(options);
    try {
      await engine.begin();
      return engine;
    } catch (error) {
      rmSync(engine.folder, { recursive: true, force: true });
      throw error;
    }
  }

  /** Of the engine's process; undefined while there is none. */
  get pid(): number | undefined {
    return this.child?.pid;
  }

  /** A client with lines of its own. */
  client(): Client {
    return new Client({ address: `unix://${this.socket}`, target: { socketPath: this.socket } });
  }

  /** Starts an engine on what is there, and resolves when it answers. */
  async begin(environment: NodeJS.ProcessEnv = {}): Promise<void> {
    const command = [process.execPath, join(projectHome(), 'dist/drydock.cjs'), 'daemon'];
    const { network } = this.options;
    const inside = network === undefined ? ['unshare', '--net'] : ['nsenter', `--net=/proc/${network}/ns/net`];
    const [program = '', ...args] = [...inside, '--', ...command];
    const { DRYDOCK_DOCKED: _, ...ours } = process.env;
    const env = { ...ours, DRYDOCK_ROOT: this.root, DRYDOCK_RUN: this.run, ...environment };
    const child = spawn(program, args, { env, cwd: '/', stdio: ['ignore', 'pipe', 'pipe'] });
    this.child = child;
    let said = '';
    await new Promise<void>((resolve, reject) => {
      const hear = (bytes: Buffer): void => {
        said += bytes.toString();
        if (said.includes('listening at')) resolve();
      };
      child.stdout.on('data', hear);
      child.stderr.on('data', hear);
      child.on('error', reject);
      child.on('exit', () => reject(new DrydockError('ENGINE', `an engine of the lesson's has ended: ${said.trim()}`)));
    });
  }

  /** Makes a container and starts it; its id. */
  async start(wanted: Wanted): Promise<string> {
    const id = await this.create(wanted);
    await this.client().done('POST', `/containers/${id}/start`);
    return id;
  }

  async create({ name, script, host, more }: Wanted): Promise<string> {
    const body = { Image: 'lab', Cmd: ['sh', '-c', script], HostConfig: { NetworkMode: 'none', ...host }, ...more };
    const { Id } = await this.client().json<{ Id: string }>('POST', '/containers/create', { query: { name }, body });
    return Id;
  }

  /** kill -9 */
  async kill(): Promise<void> {
    if (this.isRunning) this.child!.kill('SIGKILL');
    await this.gone();
  }

  /** Resolves when it has ended by itself. */
  async gone(): Promise<void> {
    if (this.isRunning) await once(this.child!, 'exit');
    this.child = undefined;
  }

  /** Removes its containers, and ends it; idempotent. */
  async close(): Promise<void> {
    if (existsSync(this.folder)) await this.clear();
    rmSync(this.folder, { recursive: true, force: true });
  }

  private async clear(): Promise<void> {
    const containers = join(this.root, 'containers');
    if (!this.isRunning) {
      if (!existsSync(containers) || readdirSync(containers).length === 0) return;
      await this.begin();
    }
    const client = this.client();
    const all = await client.json<{ Id: string }[]>('GET', '/containers/json', { query: { all: true } });
    for (const { Id } of all) await client.done('DELETE', `/containers/${Id}`, { query: { force: true, v: true } });
    this.child!.kill('SIGTERM');
    await this.gone();
  }

  private get isRunning(): boolean {
    return this.child !== undefined && this.child.exitCode === null && this.child.signalCode === null;
  }
}

/** Works with an engine, and leaves nothing of it. */
export async function withEngine<T>(work: (engine: OwnEngine) => Promise<T>, options?: OwnEngineOptions): Promise<T> {
  const engine = await OwnEngine.open(options);
  try {
    return await work(engine);
  } finally {
    await engine.close();
  }
}
