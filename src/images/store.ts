/**
 * Opens everything that images are kept in.
 *
 *     DRYDOCK_ROOT/content/     blobs (src/content)
 *                  images/      db.json (db.ts)
 *                  snapshots/   trees, a folder for each storage driver (src/snapshots)
 */
import { join } from 'node:path';
import { openContent } from '../content/content.ts';
import { openSnapshots } from '../snapshots/choose.ts';
import { Database } from './db.ts';
import type { Store } from './images.ts';
import { keepView } from './view.ts';

/** `driver` is one of Docker's names, or the first that works here. Throws DRIVER_UNSUPPORTED. */
export async function openStore(root: string, { driver }: { driver?: string } = {}): Promise<Store> {
  const content = await openContent(join(root, 'content'));
  const snapshots = await openSnapshots(join(root, 'snapshots'), driver);
  return { root, content, snapshots, db: new Database(join(root, 'images'), keepView(content)) };
}
