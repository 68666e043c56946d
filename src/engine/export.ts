/** `export`: all files of a container as one archive, those of its image too; what its volumes hold is not in it. */
import type { Readable } from 'node:stream';
import { packSubtree } from '../layers/index.ts';
import { attributesOf } from './attributes.ts';
import type { Engine } from './engine.ts';
import { openTree } from './trees.ts';

/** The archive is to be read to its end or destroyed. Throws NO_SUCH_CONTAINER. */
export async function exportContainer(engine: Engine, name: string): Promise<Readable> {
  const { record } = engine.containers.find(name);
  const { root, close } = await openTree(engine, name, { bare: true });
  const archive = packSubtree({ tree: root, path: '/', name: '' });
  archive.once('close', () => void close());
  engine.events.emit('container', 'export', record.Id, attributesOf(record));
  return archive;
}
