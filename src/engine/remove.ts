/**
 * `rm`: a container that does not run goes, with `force` any.
 */
import { DrydockError } from '../errors.ts';
import type { Engine, RemoveWanted } from './engine.ts';
import { destroy } from './destroy.ts';
import { end } from './stop.ts';
import { takeDown } from './take-down.ts';

/** Throws NO_SUCH_CONTAINER, and CONFLICT for one that runs. */
export async function removeContainer(engine: Engine, name: string, wanted: RemoveWanted = {}): Promise<void> {
  const container = engine.containers.find(name);
  const { record } = container;
  // One that --rm removes when it has ended is gone before we are.
  const gone = container.next('removed');
  for (let isGone = false; !isGone;) {
    if (record.State.Running && !wanted.force) throw runs(record.Id, record.State.Paused);
    if (record.State.Running) {
      record.StoppedByHand = true;
      await end(engine, container, { signal: 'KILL', timeout: -1 });
    }
    isGone = await container.alone(async () => {
      // A start that we have waited for: it has to be ended, too.
      if (record.State.Running) return false;
      if (engine.containers.get(container.id) !== container) await gone;
      else {
        await takeDown(engine, container);
        await destroy(engine, container, { volumes: wanted.volumes ?? false });
      }
      return true;
    });
  }
}

const runs = (id: string, isPaused: boolean): DrydockError =>
  new DrydockError(
    'CONFLICT',
    isPaused
      ? `You cannot remove a paused container ${id}. Unpause and then stop the container before attempting removal or force remove`
      : `You cannot remove a running container ${id}. Stop the container before attempting removal or force remove`,
  );
