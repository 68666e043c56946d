/**
 * What an engine finds when it starts: whatever the one before was doing when it was killed is finished, or undone.
 * What becomes of one that is on record is decided by fateOf (fate.ts) and done here. A folder without container.json was
 * never acknowledged, or its removal was begun: all of it goes.
 *
 * Afterwards restart policies are looked at, once for each container that does not run. Not before all have been met: what
 * is on record of the others may be a process number that somebody else has by now, whose namespaces nobody should join.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DrydockError } from '../errors.ts';
import { adopt } from '../network/adopt.ts';
import { statusNow } from '../runtime/existing.ts';
import { wasLetGo } from '../runtime/go.ts';
import { statusOf } from '../runtime/lifecycle.ts';
import { remove } from '../runtime/remove.ts';
import { findState, stateDir, type SavedState } from '../runtime/state.ts';
import { readEnding, VesselClient } from '../runtime/vessel-client.ts';
import { warn } from '../runtime/warning.ts';
import { VESSEL } from './attach.ts';
import type { Container } from './container.ts';
import { destroy, forget, REMOVED } from './destroy.ts';
import type { Engine } from './engine.ts';
import { followExec } from './exec.ts';
import { savedExecs, type Exec } from './exec-session.ts';
import { fateOf, lost } from './fate.ts';
import { follow, settle, startAgain } from './life.ts';
import { inOrderOfNeed } from './needs.ts';
import { stackToRelease, tellNetworks } from './network.ts';
import { isStartedWithEngine } from './policy.ts';
import { folderOf, listIds } from './record.ts';
import { letGo } from './stand-still.ts';
import { launch } from './start.ts';
import { running } from './states.ts';
import { takeDown } from './take-down.ts';

/** Brings records and kernel together. What cannot be, for one container, is said and keeps no other from it. */
export async function reconcile(engine: Engine): Promise<void> {
  for (const id of listIds(engine.root))
    await each(id, async () => {
      const container = engine.containers.get(id);
      if (container) await container.alone(() => meet(engine, container));
      else await clear(engine, id);
    });
  for (const container of inOrderOfNeed(engine.containers))
    await each(container.id, () => container.alone(() => startIfDue(engine, container)));
}

function startIfDue(engine: Engine, container: Container): Promise<void> | void {
  const { record } = container;
  if (record.State.Restarting) return startAgain(engine, container, launch);
  if (!record.State.Running && isStartedWithEngine(record)) return launch(engine, container);
}

async function each(id: string, body: () => Promise<void>): Promise<void> {
  try {
    await body();
  } catch (error) {
    warn(`the container ${id.slice(0, 12)} is not as it should be`, error as Error);
  }
}

/** What is left of a container that nobody was told of, or whose removal was begun. Only the first has volumes to give up. */
async function clear(engine: Engine, id: string): Promise<void> {
  const folder = folderOf(engine.root, id);
  if (!existsSync(join(folder, REMOVED))) await engine.volumes.abandon(id);
  if (existsSync(stateDir(engine.run, id)))
    await remove(engine.run, id, { force: true }, stackToRelease(engine, folder));
  await forget(engine, folder, id);
}

async function meet(engine: Engine, container: Container): Promise<void> {
  const { record, id } = container;
  if (container.broken !== undefined) return;
  const place = stateDir(engine.run, id);
  const state = findState(engine.run, id);
  const status = state && statusOf(state);
  const ending = state && wasLetGo(place) ? readEnding(place, VESSEL) : undefined;
  const fate = fateOf(record.State, { isThere: existsSync(place), status, ending });
  switch (fate.then) {
    case 'remove':
      await takeDown(engine, container);
      return destroy(engine, container, { volumes: record.RemoveVolumes ?? false });
    case 'take over':
      return takeOver(engine, container, state!);
    case 'settle':
      if (state && !record.State.Pid) record.State = running(record.State, state.pid, state.created);
      return settle(engine, container, fate.end);
    case 'undo':
      return takeDown(engine, container);
    case 'keep':
      // Its end was on record, and its removal was not begun.
      if (record.State.Status === 'exited' && record.HostConfig.AutoRemove)
        return destroy(engine, container, { volumes: true });
  }
}

/** Its process runs: we are its engine from here on. */
async function takeOver(engine: Engine, container: Container, state: SavedState): Promise<void> {
  const { record, id } = container;
  const place = stateDir(engine.run, id);
  try {
    container.vessel = await VesselClient.connect(place, VESSEL);
  } catch (error) {
    if (!(error instanceof DrydockError) || error.code !== 'WRONG_STATE') throw error;
    const ending = readEnding(place, VESSEL);
    return settle(engine, container, ending ?? lost());
  }
  letGo(engine.run, id);
  const Paused = statusNow(state, place) === 'paused';
  if (record.State.Pid !== state.pid || record.State.Paused !== Paused) {
    const now = running(record.State, state.pid, state.created);
    record.State = { ...now, Paused, Status: Paused ? 'paused' : 'running' };
    tellNetworks(engine, record);
    await container.save();
  }
  // First, so that its end is seen though something of its networks may be missing.
  follow(engine, container, launch);
  await adopt(engine.networks, record, state.pid);
  for (const exec of savedExecs(place, id)) await takeOverExec(engine, container, exec);
}

async function takeOverExec(engine: Engine, container: Container, exec: Exec): Promise<void> {
  container.execs.set(exec.id, exec);
  if (!exec.isRunning) return;
  await followExec(engine, container, exec);
  // Whoever was to hear it has gone with the engine before: what it writes is nobody's, and must not keep it waiting.
  await exec.vessel?.attach({ output: false, errors: false });
}
