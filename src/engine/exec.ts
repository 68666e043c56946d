/**
 * `exec`: a further process in a container that runs.
 *
 * It is made in two calls, as with Docker: what is to be run is said first, and started when somebody is there to hear it.
 * Its output waits in the pipe for that client (`hold` of vessel.h), because there is no log to read it in afterwards.
 *
 * How it has ended can be asked for a while. Whoever makes another one in the same container takes the old ones away, so
 * that a container which is entered every second for a year does not fill the run folder.
 */
import { randomBytes } from 'node:crypto';
import { refuseKeys } from '../detach-keys.ts';
import { DrydockError } from '../errors.ts';
import { linkEnvironment } from '../network/links.ts';
import { exec } from '../runtime/exec.ts';
import { stateDir } from '../runtime/state.ts';
import { VesselClient } from '../runtime/vessel-client.ts';
import { warn } from '../runtime/warning.ts';
import { attributesOf } from './attributes.ts';
import { Client } from './client.ts';
import type { Container } from './container.ts';
import type { Attachment, Engine, Sink } from './engine.ts';
import { execProcess } from './exec-process.ts';
import { Exec, type TerminalSize } from './exec-session.ts';
import { failpoint } from './failpoint.ts';
import { linksNow } from './network.ts';
import { inDockersWords } from './refusal.ts';
import type { ExecInspect, ExecRequest } from './types.ts';

/** Throws NO_SUCH_CONTAINER, CONFLICT for one that does not run, BAD_USAGE without a command or with keys that are none. */
export async function createExec(engine: Engine, name: string, request: ExecRequest): Promise<{ Id: string }> {
  const container = engine.containers.find(name);
  demandRunning(container, name);
  refuseKeys('escape', request.DetachKeys);
  if (!request.Cmd?.length) throw new DrydockError('BAD_USAGE', 'No exec command specified');
  for (const { id: old } of [...container.execs.values()].filter((one) => one.isOld())) {
    container.execs.get(old)!.forget();
    container.execs.delete(old);
  }
  const id = randomBytes(32).toString('hex');
  const made = new Exec({ id, request, pid: 0 }, container.id, stateDir(engine.run, container.id));
  made.size = sizeAsked(request.ConsoleSize);
  made.save();
  failpoint('exec:saved');
  container.execs.set(id, made);
  tell(engine, container, made, `exec_create: ${request.Cmd.join(' ')}`);
  return { Id: id };
}

export interface ExecStart {
  /** Nobody listens; what it writes is nobody's. */
  readonly detach?: boolean;
  readonly size?: TerminalSize;
}

/**
 * Starts it. With a sink its streams are a client's, as it was created. Throws NO_SUCH_EXEC, CONFLICT when it was started
 * before, and why its program cannot be executed; its exit code is 126 then.
 */
export async function startExec(
  engine: Engine,
  id: string,
  wanted: ExecStart = {},
  sink?: Sink,
): Promise<Attachment | undefined> {
  const { container, session } = demandStartable(engine, id);
  session.isRunning = true;
  session.size = wanted.size ?? session.size;
  try {
    await begin(engine, container, session, wanted);
  } catch (error) {
    session.isRunning = false;
    session.exitCode = 126;
    throw inDockersWords(error, 'exec', session.saved.request.Cmd![0]!);
  }
  const client = sink && !wanted.detach ? await listen(engine, container, session, sink) : undefined;
  tell(engine, container, session, `exec_start: ${session.saved.request.Cmd!.join(' ')}`);
  await followExec(engine, container, session);
  return client;
}

/** Throws NO_SUCH_EXEC, and CONFLICT for one that was started before, or whose container does not run. */
export function demandStartable(engine: Engine, id: string): { container: Container; session: Exec } {
  const { container, session } = findExec(engine, id);
  demandRunning(container, container.id);
  if (session.isStarted) throw new DrydockError('CONFLICT', `Error: Exec command ${id} is already running`);
  return { container, session };
}

async function begin(engine: Engine, container: Container, session: Exec, wanted: ExecStart): Promise<void> {
  const { request } = session.saved;
  const { detach = false } = wanted;
  const isHeld = !detach && Boolean(request.AttachStdout || request.AttachStderr || request.AttachStdin);
  const started = await exec(engine.run, container.id, {
    process: execProcess(
      container.record,
      request,
      linkEnvironment(container.record, linksNow(engine, container.record)),
    ),
    size: request.Tty ? session.size : undefined,
    vessel: { name: session.name, stdin: request.AttachStdin && !detach, hold: isHeld },
  });
  void started.wait(); // The vessel is our child, and somebody has to reap it.
  failpoint('exec:started');
  session.saved.pid = started.pid;
  session.save();
}

async function listen(engine: Engine, container: Container, session: Exec, sink: Sink): Promise<Client> {
  const { AttachStdin, AttachStdout, AttachStderr, Tty } = session.saved.request;
  // A terminal outlives whoever has detached from it; elsewhere the end of a client's input is that of the program's.
  const client = new Client({ stdin: AttachStdin, stdout: AttachStdout, stderr: AttachStderr }, sink, !Tty, {
    before: session.known, // who has heard the end asks next how it ended
  });
  await client.join(stateDir(engine.run, container.id), session.name);
  return client;
}

/** Hears of its end. An engine that comes later does the same, and lets go of output that nobody has come for. */
export async function followExec(engine: Engine, container: Container, session: Exec): Promise<void> {
  const place = stateDir(engine.run, container.id);
  const ended = (): void => {
    session.conclude();
    tell(engine, container, session, 'exec_die', { exitCode: String(session.exitCode) });
  };
  try {
    session.vessel = await VesselClient.connect(place, session.name);
  } catch (error) {
    if (!(error instanceof DrydockError) || error.code !== 'WRONG_STATE') throw error;
    return ended(); // before we could ask
  }
  session.vessel.ended.then(ended).catch((error: Error) => warn(`after the end of exec ${session.id}`, error));
  await passSize(session); // what was said while there was nobody to tell
}

/**
 * The size of its terminal from now on. Clients say it as soon as they know it, beside the request that starts it: until the
 * terminal is there, the size is kept for it (Docker lets the client wait). Throws NO_SUCH_EXEC, and CONFLICT for one that
 * has ended.
 */
export async function resizeExec(engine: Engine, id: string, rows: number, columns: number): Promise<void> {
  const { session } = findExec(engine, id);
  if (session.exitCode !== null) throw new DrydockError('CONFLICT', `Exec command ${id} is not running`);
  session.size = { rows, columns };
  await passSize(session);
}

async function passSize({ saved, size, vessel }: Exec): Promise<void> {
  if (saved.request.Tty && size) await vessel?.resize(size.rows, size.columns);
}

/** Zeros are what clients send that have no terminal. */
export function sizeAsked([rows, columns]: readonly [number, number] = [0, 0]): TerminalSize | undefined {
  return rows > 0 && columns > 0 ? { rows, columns } : undefined;
}

/** Throws NO_SUCH_EXEC. */
export function inspectExec(engine: Engine, id: string): ExecInspect {
  return findExec(engine, id).session.inspect();
}

function findExec({ containers }: Engine, id: string): { container: Container; session: Exec } {
  for (const container of containers.all()) {
    const session = container.execs.get(id);
    if (session) return { container, session };
  }
  throw new DrydockError('NO_SUCH_EXEC', `No such exec instance: ${id}`);
}

function demandRunning({ record }: Container, name: string): void {
  if (!record.State.Pid) throw new DrydockError('CONFLICT', `Container ${record.Id} is not running`);
  if (record.State.Paused)
    throw new DrydockError('CONFLICT', `Container ${name} is paused, unpause the container before exec`);
}

function tell(
  engine: Engine,
  { record }: Container,
  { id }: Exec,
  action: string,
  more: Record<string, string> = {},
): void {
  engine.events.emit('container', action, record.Id, attributesOf(record, { execID: id, ...more }));
}
