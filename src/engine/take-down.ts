/**
 * What a container has held while it ran is given back: mounts, cgroups, links, addresses. Its layers and its record stay.
 *
 * Idempotent, because the same happens after its end, after a start that failed half way, and after a crash of the engine.
 */
import { existsSync } from 'node:fs';
import { remove } from '../runtime/remove.ts';
import { stateDir } from '../runtime/state.ts';
import type { Container } from './container.ts';
import type { Engine } from './engine.ts';
import { stackToRelease } from './network.ts';

/** Kills what is left of it first. Throws what could not be given back; its claims stay on record then. */
export async function takeDown(engine: Engine, container: Container): Promise<void> {
  const { run, volumes } = engine;
  const { id, record, folder } = container;
  container.vessel?.close();
  container.vessel = undefined;
  if (existsSync(stateDir(run, id))) await remove(run, id, { force: true }, stackToRelease(engine, folder));
  await volumes.unmount(record);
}
