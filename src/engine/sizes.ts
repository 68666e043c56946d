/** How much a container has written (`SizeRw`), and how much that is with its image (`SizeRootFs`). */
import { findImage } from '../images/find.ts';
import type { Container } from './container.ts';
import type { Engine } from './engine.ts';

export async function sizesOf(
  { store }: Engine,
  { id, record }: Container,
): Promise<{ SizeRw: number; SizeRootFs: number }> {
  const { size } = await store.snapshots.usage(id);
  const { layers } = await findImage(store, record.Image);
  const data = store.db.read();
  const below = layers.reduce((sum, { diffId }) => sum + (data.layers[diffId]?.size ?? 0), 0);
  return { SizeRw: size, SizeRootFs: size + below };
}
