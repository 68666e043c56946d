/**
 * What the verbs of images share: the store that they work on, and the option that says with which storage driver.
 *
 * Until there is an engine they work on the store themselves, in this process. Several may: the store has locks and leases.
 */
import type { Options as YargsOptions } from 'yargs';
import type { Store } from '../../images/images.ts';
import { openStore } from '../../images/store.ts';
import { rootFolder } from '../folders.ts';
import { needRoot } from '../local/foreground.ts';

export interface StoreOptions {
  storageDriver?: string;
}

export const storeOptions = {
  'storage-driver': {
    type: 'string',
    requiresArg: true,
    describe: 'overlay, btrfs, vfs, aufs, devicemapper, auto, auto-2015',
  },
} satisfies Record<string, YargsOptions>;

/** Runs `body` on the store. Throws NEEDS_ROOT: files of images have owners, and snapshots are mounted. */
export async function withStore<T>(
  verb: string,
  { storageDriver }: StoreOptions,
  body: (store: Store) => Promise<T>,
): Promise<T> {
  needRoot(verb, 'the files of an image have owners', false);
  const store = await openStore(rootFolder(), { driver: storageDriver ?? process.env.DRYDOCK_STORAGE_DRIVER });
  try {
    return await body(store);
  } finally {
    await store.snapshots.close();
  }
}

export const print = (text: string): void => void process.stdout.write(text);
