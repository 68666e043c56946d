/**
 * `lab` as an ordinary image: made of this machine's busybox when somebody asks for it and it is not here.
 */
import type { Store } from '../images/images.ts';
import { importTree } from '../images/import.ts';
import { labRoot } from '../lab/lab.ts';

const LAB = 'docker.io/library/lab:latest';

/** Whether this is one of its names, as Docker understands them. */
export const isLab = (text: string): boolean => /^(docker\.io\/)?(library\/)?lab(:latest)?$/.test(text);

/** Makes it, unless it is here. */
export async function ensureLab(store: Store): Promise<void> {
  if (store.db.read().tags[LAB]) return;
  await importTree(store, await labRoot(store.root), {
    tags: [LAB],
    message: 'the lab: busybox and a few files',
    config: { Cmd: ['sh'], Env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'] },
  });
}
