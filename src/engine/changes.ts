/** `diff`: what a container has changed of its image's files. What the engine put there for it is in a layer below, and is none. */
import type { Change } from '../snapshots/changes.ts';
import type { Engine } from './engine.ts';

export interface ContainerChange {
  Path: string;
  /** 0: changed, 1: added, 2: deleted. */
  Kind: 0 | 1 | 2;
}

const kinds: Readonly<Record<Change['kind'], ContainerChange['Kind']>> = { changed: 0, added: 1, deleted: 2 };

/** A folder before what is in it; null for none, as Docker says it. Throws NO_SUCH_CONTAINER. */
export async function containerChanges(engine: Engine, name: string): Promise<ContainerChange[] | null> {
  const { id } = engine.containers.find(name);
  const changes = await engine.store.snapshots.changes(id);
  if (changes.length === 0) return null;
  return changes.map(({ kind, path }) => ({ Path: `/${path.toString()}`, Kind: kinds[kind] }));
}
