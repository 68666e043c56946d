/**
 * `pause` and `unpause`: everything in a container stands still.
 */
import { DrydockError } from '../errors.ts';
import { pause, resume } from '../runtime/pause.ts';
import { attributesOf } from './attributes.ts';
import type { Container } from './container.ts';
import type { Engine } from './engine.ts';

/** Throws CONFLICT for one that does not run, or stands still already. */
export function pauseContainer(engine: Engine, name: string): Promise<void> {
  const container = engine.containers.find(name);
  return container.aloneIfThere(async () => {
    const { State } = container.record;
    if (!State.Pid) throw conflict(`Container ${container.id} is not running`);
    if (State.Paused) throw conflict(`Container ${container.id} is already paused`);
    await pause(engine.run, container.id);
    await changed(engine, container, true);
  });
}

/** Throws CONFLICT for one that is not paused. */
export function unpauseContainer(engine: Engine, name: string): Promise<void> {
  const container = engine.containers.find(name);
  return container.aloneIfThere(async () => {
    if (!container.record.State.Paused) throw conflict(`Container ${container.id} is not paused`);
    resume(engine.run, container.id);
    await changed(engine, container, false);
  });
}

/** One that is paused goes on; nothing happens to one that is not, or that has ended meanwhile. */
export function goOn(engine: Engine, container: Container): Promise<void> {
  return container.alone(async () => {
    if (!container.record.State.Paused) return;
    try {
      resume(engine.run, container.id);
    } catch (error) {
      if (!(error instanceof DrydockError) || !['WRONG_STATE', 'NO_SUCH_CONTAINER'].includes(error.code)) throw error;
      return; // what follows from its end comes next
    }
    await changed(engine, container, false);
  });
}

async function changed(engine: Engine, container: Container, Paused: boolean): Promise<void> {
  const { record } = container;
  record.State = { ...record.State, Paused, Status: Paused ? 'paused' : 'running' };
  await container.save();
  engine.events.emit('container', Paused ? 'pause' : 'unpause', record.Id, attributesOf(record));
}

const conflict = (message: string): DrydockError => new DrydockError('CONFLICT', message);
