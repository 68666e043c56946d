/**
 * What a container has held while it ran is given back: mounts, cgroups, links, addresses. Its layers and its record stay.
 *
 * Idempotent, because the same happens after its end, after a start that failed half way, and after a crash of the engine.
 */
import { existsSync } from 'node:fs';
import { remove } from '../runtime/remove.ts';
import { stateDir } from '../runtime/state.ts';
import { warn } from '../runtime/warning.ts';
import type { Container } from './container.ts';
import type { Engine } from './engine.ts';
import { stackToRelease } from './network.ts';
import { unmountSharedMemory } from './shm.ts';

/** Kills what is left of it first. Throws what could not be given back; its claims stay on record then. */
export async function takeDown(engine: Engine, container: Container): Promise<void> {
  const { run, volumes } = engine;
  const { id, record, folder } = container;
  container.vessel?.close();
  container.vessel = undefined;
  if (existsSync(stateDir(run, id))) await remove(run, id, { force: true }, stackToRelease(engine, folder));
  await volumes.unmount(record);
  unmountSharedMemory(folder);
}

/**
 * The same where life has to go on afterwards: an end is an end, though a mount is held open by somebody. What could not be
 * given back is said, and tried again by the next start, by `rm`, and by the next engine.
 */
export async function takeDownOrSay(engine: Engine, container: Container): Promise<void> {
  try {
    await takeDown(engine, container);
  } catch (error) {
    warn(`what ${container.record.Name} held on the host cannot be given back yet`, error as Error);
  }
}
