/**
 * `start`: from a record to a process.
 *
 *     addresses, volumes, spec ──▶ runtime create ──▶ clients are connected ──▶ runtime start ──▶ record saved
 *                                  (waits before its program)
 *
 * Whoever is killed in between leaves claims in the run folder, and either a process that waits for ever, which the next
 * engine takes away, or one that runs, which it takes over (reconcile.ts).
 */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DrydockError } from '../errors.ts';
import { create, start, type CreateOptions } from '../runtime/container.ts';
import type { Spec } from '../runtime/config.ts';
import type { AnyIsolator } from '../runtime/isolators/index.ts';
import { stateDir } from '../runtime/state.ts';
import { VesselClient } from '../runtime/vessel-client.ts';
import { VESSEL } from './attach.ts';
import { attributesOf } from './attributes.ts';
import type { Container } from './container.ts';
import { destroy } from './destroy.ts';
import type { Engine } from './engine.ts';
import { failpoint } from './failpoint.ts';
import { joinable } from './joinable.ts';
import { follow } from './life.ts';
import { logBounds } from './log-options.ts';
import { joinNetworks, stackWith, tellEndpoints, tellNetworks } from './network.ts';
import { inDockersWords } from './refusal.ts';
import { fileMounts } from './own-files.ts';
import { layers, rootfsOf } from './rootfs.ts';
import { sharedMemory } from './shm.ts';
import { exited, running, unstarted } from './states.ts';
import { specFor } from './spec/spec.ts';
import { takeDown, takeDownOrSay } from './take-down.ts';

/** Throws NOT_MODIFIED for one that runs, CONFLICT for one that is paused, and why its program cannot be executed. */
export async function startContainer(engine: Engine, name: string): Promise<void> {
  const container = engine.containers.find(name);

  await container.aloneIfThere(() => {
    const { State } = container.record;
    container.demandWhole();
    if (State.Paused) throw new DrydockError('CONFLICT', 'cannot start a paused container, try unpause instead');
    if (State.Pid) throw new DrydockError('NOT_MODIFIED', `the container ${name} runs already`);
    if (State.Status === 'removing' || State.Dead)
      throw new DrydockError('CONFLICT', 'container is marked for removal and cannot be started');
    container.record.StoppedByHand = false;
    container.record.RestartCount = 0;
    return launch(engine, container);
  });
}

/** Starts it, within `alone`. When that fails the record says why, and nothing is left of the attempt. */
export async function launch(engine: Engine, container: Container): Promise<void> {
  const { record } = container;
  clearTimeout(container.restart);
  await giveBackEarlier(engine, container);
  try {
    const pid = await embark(engine, container);
    record.State = running(record.State, pid, new Date().toISOString());
    container.launched = performance.now();
    tellNetworks(engine, record);
    await container.save();
    failpoint('start:saved');
  } catch (cause) {
    const error = inDockersWords(cause, 'create', record.Path) as Error;
    await abandon(engine, container, error);
    throw error;
  }
  container.tell('started');
  tellEndpoints(engine, record, 'connect');
  engine.events.emit('container', 'start', record.Id, attributesOf(record));
  follow(engine, container, launch);
}

/**
 * What a start that failed, or an end, could not give back is given back now. On a full disk the run folder may be the only
 * place that knows how it ended: so not before that is on record.
 */
async function giveBackEarlier(engine: Engine, container: Container): Promise<void> {
  if (!existsSync(stateDir(engine.run, container.id))) return;
  try {
    await container.save();
    await takeDown(engine, container);
  } catch (error) {
    stay(container, error as Error);
    throw error;
  }
}

/** From the record to a program that runs; its pid. */
async function embark(engine: Engine, container: Container): Promise<number> {
  const { run } = engine;
  const { folder, id } = container;
  const { spec, stack } = await prepare(engine, container);
  const created = await create({ id, run, spec, bundle: folder, isolators: stack, ...background(container) });
  void created.wait(); // The vessel is our child, and somebody has to reap it.
  failpoint('start:created');
  const place = stateDir(run, id);
  container.vessel = await VesselClient.connect(place, VESSEL);
  for (const client of container.clients) await client.join(place, VESSEL);
  await start(run, id, stack);
  failpoint('start:started');
  return created.pid;
}

/** Its networks are joined, its volumes are ready, and all of it stands in its config.json. */
async function prepare(engine: Engine, container: Container): Promise<{ spec: Spec; stack: AnyIsolator[] }> {
  const { record, folder, id } = container;
  const joining = await joinNetworks(engine, container);
  try {
    const volumes = await engine.volumes.mount(record);
    const shared = sharedMemory(container, (name) => joinable(engine, name));
    const spec = specFor(record, {
      rootfs: rootfsOf(folder),
      mounts: [...fileMounts(folder), ...shared, ...volumes],
      environment: joining.environment,
      pidOf: (name) => joinable(engine, name).record.State.Pid,
    });
    writeFileSync(join(folder, 'config.json'), JSON.stringify(spec, null, 1), { mode: 0o600 });
    const tree = layers(rootfsOf(folder), await engine.store.snapshots.mounts(id));
    return { spec, stack: stackWith(tree, joining.isolator) };
  } catch (error) {
    joining.abandon();
    throw error;
  }
}

/** One that could not even be made ready ends as it had ended before, and is not tried again. */
function stay(container: Container, { message }: Error): void {
  const { State } = container.record;
  const { ExitCode, FinishedAt, OOMKilled } = State;
  const before = State.Restarting ? exited(State, { ExitCode, FinishedAt, OOMKilled }) : State;
  container.record.State = { ...before, Error: message };
  tellStopped(container);
}

/** A start that failed: what it has made goes, and the record says why. Exit codes are a shell's, as with Docker. */
async function abandon(engine: Engine, container: Container, error: Error): Promise<void> {
  const { record } = container;
  await takeDownOrSay(engine, container);
  const code = error instanceof DrydockError ? error.code : undefined;
  const ExitCode = code === 'PROGRAM_NOT_FOUND' ? 127 : code === 'PROGRAM_NOT_EXECUTABLE' ? 126 : 128;
  record.State = unstarted(record.State, { ExitCode, Error: error.message });
  await container.saveOrSay();
  tellStopped(container);
  if (record.HostConfig.AutoRemove) await destroy(engine, container, { volumes: true });
}

/** Whoever is attached, or waits for its end, waits for nothing more. */
function tellStopped(container: Container): void {
  for (const client of [...container.clients]) client.finish();
  container.tell('stopped');
}

/** How its process is kept in the background, and what its log may grow to. */
function background({ record, folder: directory }: Container): Partial<CreateOptions> {
  const { Config, HostConfig } = record;
  const { LogConfig = {} } = HostConfig;
  const log = LogConfig.Type === 'none' ? undefined : { directory, ...logBounds(LogConfig) };
  const [rows, columns] = HostConfig.ConsoleSize ?? [0, 0];
  return {
    size: rows > 0 && columns > 0 ? { rows, columns } : undefined,
    vessel: { name: VESSEL, stdin: Config.OpenStdin, log },
  };
}
