/**
 * `rename`: another name for a container, also while it runs.
 */
import { DrydockError } from '../errors.ts';
import { renamed } from '../network/connect.ts';
import { attributesOf } from './attributes.ts';
import type { Engine } from './engine.ts';
import { failpoint } from './failpoint.ts';
import { checkName } from './names.ts';

/** Throws NAME_IN_USE, or BAD_USAGE for what is no name. */
export async function renameContainer(engine: Engine, name: string, newName: string): Promise<void> {
  const { containers, events, networks } = engine;
  const container = containers.find(name);
  if (!newName) throw new DrydockError('BAD_USAGE', 'Neither old nor new names may be empty');
  const next = allocating(() => checkName(newName.startsWith('/') ? newName : `/${newName}`));
  container.demandWhole();
  await container.aloneIfThere(async () => {
    const { record } = container;
    const before = record.Name;
    if (next === before)
      throw new DrydockError('BAD_USAGE', 'Renaming a container with the same name as its current name');
    allocating(() => containers.takeName(next, container.id));
    try {
      record.Name = next;
      await container.save();
      failpoint('rename:saved');
    } catch (error) {
      record.Name = before;
      containers.freeName(next);
      throw error;
    }
    containers.freeName(before);
    renamed(networks, record, before);
    events.emit('container', 'rename', container.id, attributesOf(record, { oldName: `/${before}` }));
  });
}

/** With the words that Docker says before what is wrong with a new name. */
function allocating<T>(take: () => T): T {
  try {
    return take();
  } catch (cause) {
    if (!(cause instanceof DrydockError)) throw cause;
    const message = `Error when allocating new name: ${cause.message}`;
    throw new DrydockError(cause.code, message, { hint: cause.hint, cause });
  }
}
