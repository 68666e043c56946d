/**
 * `container prune`: every container that does not run goes, with its anonymous volumes left as they are, as with Docker.
 * What else is pruned: volumes (volumes.ts), images (images.ts), networks (src/network/).
 */
import { DrydockError } from '../errors.ts';
import { hasLabels } from '../images/filters.ts';
import { momentOf } from '../images/prune.ts';
import type { Engine } from './engine.ts';
import { removeContainer } from './remove.ts';
import { sizesOf } from './sizes.ts';
import type { ContainerRecord, Filters } from './types.ts';

export interface ContainersPruned {
  ContainersDeleted: string[] | null;
  /** Bytes. */
  SpaceReclaimed: number;
}

type Fits = (record: ContainerRecord, value: string) => boolean;

const tests: Readonly<Record<string, Fits>> = {
  label: ({ Config }, value) => hasLabels(Config.Labels, [value]),
  'label!': ({ Config }, value) => !hasLabels(Config.Labels, [value]),
  until: ({ Created }, value) => Date.parse(Created) < momentOf(value),
};

/** Throws API_INVALID for a filter that does not exist. */
export async function pruneContainers(engine: Engine, filters: Filters = {}): Promise<ContainersPruned> {
  const fits = testOf(filters);
  const deleted: string[] = [];
  let SpaceReclaimed = 0;
  for (const container of engine.containers.all()) {
    const { id, record, broken } = container;
    if (record.State.Running || broken !== undefined || !fits(record)) continue;
    const { SizeRw } = await sizesOf(engine, container);
    if (!(await isRemoved(engine, id))) continue;
    deleted.push(id);
    SpaceReclaimed += SizeRw;
  }
  engine.events.emit('container', 'prune', '', { reclaimed: String(SpaceReclaimed) });
  return { ContainersDeleted: deleted.length > 0 ? deleted : null, SpaceReclaimed };
}

function testOf(filters: Filters): (record: ContainerRecord) => boolean {
  const unknown = Object.keys(filters).find((key) => !Object.hasOwn(tests, key));
  if (unknown !== undefined)
    throw new DrydockError('API_INVALID', `Invalid filter '${unknown}'`, {
      hint: `there are: ${Object.keys(tests).join(', ')}`,
    });
  return (record) =>
    Object.entries(filters).every(([key, values]) => values.every((value) => tests[key]!(record, value)));
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
