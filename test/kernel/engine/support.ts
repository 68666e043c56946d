/**
 * An engine with folders of its own and the lab as its one image, and short ways to use it.
 */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { rmSync, watch } from 'node:fs';
import { join } from 'node:path';
import { ensureLab } from '../../../src/engine/lab.ts';
import {
  attachContainer,
  createContainer,
  createExec,
  inspectExec,
  openEngine,
  removeContainer,
  startContainer,
  startExec,
  waitContainer,
  type CreateRequest,
  type Engine,
  type ExecRequest,
  type HostConfig,
} from '../../../src/engine/index.ts';
import type { Failpoint } from '../../../src/engine/failpoint.ts';
import { projectHome } from '../../../src/linux/native.ts';
import { unmountAll } from '../../../src/snapshots/mount.ts';
import { readMountinfo } from '../../../src/linux/mountinfo.ts';
import { folder, fresh, until } from '../support.ts';

export interface Places {
  readonly root: string;
  readonly run: string;
}

export function freshPlaces(): Places {
  const base = join(folder, fresh('engine'));
  return { root: join(base, 'root'), run: join(base, 'run') };
}

export async function opened(places: Places): Promise<Engine> {
  const engine = await openEngine(places);
  await ensureLab(engine.store);
  watch(engine.root).close(); // Node makes one inotify for all that it ever watches, and keeps it.
  return engine;
}

/** Everything goes, also what a failed test has left running. */
export async function closed(engine: Engine | undefined): Promise<void> {
  if (!engine) return;
  for (const { id } of engine.containers.all())
    await removeContainer(engine, id, { force: true, volumes: true }).catch((error: Error) =>
      console.error(error.message),
    );
  await engine.close();
  for (const { mountPoint } of readMountinfo()) if (mountPoint.startsWith(engine.root)) unmountAll(mountPoint);
  rmSync(engine.root, { recursive: true, force: true });
  rmSync(engine.run, { recursive: true, force: true });
}

/** A request for the lab that runs these lines in a shell, without a network. */
export const sh = (script: string, host: HostConfig = {}, more: Partial<CreateRequest> = {}): CreateRequest => ({
  Image: 'lab',
  Cmd: ['sh', '-c', script],
  HostConfig: { NetworkMode: 'none', ...host },
  ...more,
});

export interface Ran {
  id: string;
  out: string;
  err: string;
  code: number;
}

/** As `docker run`: attached before the start, until the end. */
export async function ran(engine: Engine, request: CreateRequest, name?: string): Promise<Ran> {
  const { Id: id } = await createContainer(engine, request, name);
  const heard = ['', '', ''];
  const write = (stream: 1 | 2, bytes: Buffer): void => void (heard[stream] += bytes.toString());
  const client = await attachContainer(engine, id, { stdout: true, stderr: true }, { write });
  const end = waitContainer(engine, id, 'next-exit');
  await startContainer(engine, id);
  await client.ended;
  const { StatusCode: code } = await end;
  return { id, out: heard[1]!, err: heard[2]!, code };
}

/** An engine in a process of its own (elsewhere.ts), which does what it is told and can be killed. */
export class Elsewhere {
  private readonly gone: Promise<unknown>;

  private constructor(private readonly child: ChildProcess) {
    this.gone = once(child, 'exit');
  }

  static async open(places: Places, failpoint?: Failpoint): Promise<Elsewhere> {
    const child = fork(join(__dirname, 'elsewhere.ts'), [places.root, places.run], {
      execArgv: ['--import', 'tsx'],
      cwd: projectHome(),
      env: { ...process.env, ...(failpoint && { DRYDOCK_FAILPOINT: failpoint }) },
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    const engine = new Elsewhere(child);
    await engine.answer();
    return engine;
  }

  /** Calls an operation by its name. Rejects when the process is killed in it. */
  async do(operation: string, ...args: unknown[]): Promise<unknown> {
    this.child.send({ operation, args });
    return this.answer();
  }

  private async answer(): Promise<unknown> {
    const answer = once(this.child, 'message') as Promise<[{ error?: string; value?: unknown }]>;
    const first = await Promise.race([answer, this.gone]);
    if (this.isGone) throw new Error('the engine was killed');
    const [message] = first as Awaited<typeof answer>;
    if (message.error !== undefined) throw new Error(message.error);
    return message.value;
  }

  /** kill -9 */
  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.gone;
  }

  get isGone(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }
}

/** What a further process in a container says, and how it ends. */
export async function execIn(
  engine: Engine,
  name: string,
  request: ExecRequest,
  input?: string,
): Promise<{ out: string; code: number | null }> {
  const { Id } = await createExec(engine, name, { AttachStdout: true, AttachStderr: true, ...request });
  let out = '';
  const sink = { write: (_: 1 | 2, bytes: Buffer): void => void (out += bytes.toString()) };
  const client = await startExec(engine, Id, {}, sink);
  if (input !== undefined) await client!.input(Buffer.from(input));
  await client!.closeInput();
  await client!.ended;
  await until('the exec is over', () => !inspectExec(engine, Id).Running);
  return { out, code: inspectExec(engine, Id).ExitCode };
}
