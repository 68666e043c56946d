/**
 * `lab` as an ordinary image: made of this machine's busybox when somebody asks for it and it is not here.
 */
import type { Store } from '../../images/images.ts';
import { importTree } from '../../images/import.ts';
import { labRoot } from '../../lab/lab.ts';
import { printReference, withDefaultTag, type Reference } from '../../registry/reference.ts';
import { rootFolder } from '../folders.ts';

const LAB = 'docker.io/library/lab:latest';

export const isLab = (reference: Reference): boolean => printReference(withDefaultTag(reference)) === LAB;

/** Makes it, unless it is here. */
export async function ensureLab(store: Store): Promise<void> {
  if (store.db.read().tags[LAB]) return;
  await importTree(store, await labRoot(rootFolder()), {
    tags: [LAB],
    message: 'the lab: busybox and a few files',
    config: { Cmd: ['sh'], Env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'] },
  });
}
