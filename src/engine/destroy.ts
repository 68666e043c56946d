/**
 * The end of a record: layers, volumes that nobody else has, the folder.
 *
 *     marked `removing`, if volumes go too ──▶ container.json becomes removed.json ──▶ layers ──▶ folder
 *
 * From the moment that there is no container.json there is no such container, and what is left is rubbish that the next
 * engine takes away. Volumes go before it, while the record still says which; those that stay are nobody's rubbish, which
 * removed.json says (reconcile.ts).
 */
import { renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { syncFolder } from '../content/durable.ts';
import { DrydockError } from '../errors.ts';
import { removeLayers } from '../images/init-layer.ts';
import { unmountAll } from '../snapshots/mount.ts';
import { attributesOf } from './attributes.ts';
import type { Container } from './container.ts';
import type { Engine } from './engine.ts';
import { failpoint } from './failpoint.ts';
import { makingOf } from './rootfs.ts';
import { unmountSharedMemory } from './shm.ts';

/**
 * Removes a container that does not run, within `alone`. `volumes`: anonymous ones too. When that fails it is dead, and
 * whoever waits for its removal hears why, as with Docker (moby, daemon/delete.go); it can be removed once more.
 */
export async function destroy(engine: Engine, container: Container, wanted: { volumes: boolean }): Promise<void> {
  try {
    await takeApart(engine, container, wanted);
  } catch (error) {
    const { message } = error as Error;
    container.record.State = { ...container.record.State, Status: 'dead', Dead: true, Error: message };
    container.tellStuck(error as Error);
    throw error;
  }
}

async function takeApart(engine: Engine, container: Container, { volumes }: { volumes: boolean }): Promise<void> {
  const { record, folder } = container;
  clearTimeout(container.restart);
  record.State = { ...record.State, Status: 'removing', Running: false, Restarting: false };
  if (volumes && record.Mounts.some(({ Type }) => Type === 'volume')) {
    record.RemoveVolumes = true;
    // Whoever removes it on a full disk makes room: unmarked, it goes all the same.
    await container.saveOrSay();
    failpoint('remove:marked');
  }
  await engine.volumes.release(record, volumes);
  await forget(engine, folder, container.id);
  engine.containers.delete(container);
  engine.events.emit('container', 'destroy', record.Id, attributesOf(record));
  for (const client of container.clients) client.close();
  container.tell('removed');
}

/** Takes away the folder of a container and its layers; also what a crash has left of one. */
export async function forget({ store }: Pick<Engine, 'store'>, folder: string, id: string): Promise<void> {
  renameIfThere(join(folder, 'container.json'), join(folder, REMOVED));
  await syncFolder(folder);
  failpoint('remove:forgotten');
  // Whoever was killed in the middle of making it has left its layers mounted.
  unmountAll(makingOf(folder));
  unmountSharedMemory(folder);
  await removeLayers(store, id);
  failpoint('remove:layers');
  removeFolder(folder, id);
}

/** The sentence begins as Docker's does. Throws SYSCALL. */
function removeFolder(folder: string, id: string): void {
  try {
    rmSync(folder, { recursive: true, force: true });
  } catch (cause) {
    throw new DrydockError('SYSCALL', `unable to remove filesystem for ${id}: ${(cause as Error).message}`, {
      hint: `something below ${folder} is held: by a mount, or by chattr +i; when it is not any more, remove the container again`,
      cause,
    });
  }
}

/** What a record is called while its container goes: this one was acknowledged once. */
export const REMOVED = 'removed.json';

function renameIfThere(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}
