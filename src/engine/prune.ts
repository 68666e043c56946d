/**
 * `container prune`: every container that does not run goes, with its anonymous volumes left as they are, as with Docker.
 * What else is pruned: volumes (volumes.ts), images (images.ts), networks (src/network/).
 */
import { DrydockError } from '../errors.ts';
import type { Engine } from './engine.ts';
import { pruneTest } from './prune-test.ts';
import { removeContainer } from './remove.ts';
import { sizesOf } from './sizes.ts';
import type { Filters } from './types.ts';

export interface ContainersPruned {
  ContainersDeleted: string[] | null;
  /** Bytes. */
  SpaceReclaimed: number;
}

/** Throws API_INVALID for a filter that does not exist. */
export async function pruneContainers(engine: Engine, filters: Filters = {}): Promise<ContainersPruned> {
  const fits = pruneTest(filters);
  const deleted: string[] = [];
  let SpaceReclaimed = 0;
  for (const container of engine.containers.all()) {
    const { id, record, broken } = container;
    if (record.State.Running || broken !== undefined || !fits(record.Config.Labels, record.Created)) continue;
    const { SizeRw } = await sizesOf(engine, container);
    if (!(await isRemoved(engine, id))) continue;
    deleted.push(id);
    SpaceReclaimed += SizeRw;
  }
  engine.events.emit('container', 'prune', '', { reclaimed: String(SpaceReclaimed) });
  return { ContainersDeleted: deleted.length > 0 ? deleted : null, SpaceReclaimed };
}

/** Somebody may have started it, or removed it, just now. */
async function isRemoved(engine: Engine, id: string): Promise<boolean> {
  try {
    await removeContainer(engine, id);
    return true;
  } catch (error) {
    if (error instanceof DrydockError && ['CONFLICT', 'NO_SUCH_CONTAINER'].includes(error.code)) return false;
    throw error;
  }
}
