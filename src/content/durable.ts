/**
 * What must survive a crash: written beside, fsynced, renamed, and the folder fsynced, too, because the name is the
 * folder's (fsync(2), rename(2)). Whoever reads sees the old file or the new one, whole.
 *
 * What lies beside has one name, so that what a crash has left there is overwritten by the next who writes. So there
 * is one writer of a path at a time: whoever writes holds a lock, or nobody else knows the path.
 */
import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { told } from '../linux/calls.ts';

/** The names in a folder are on the disk after it. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Replaces a file, or leaves it as it was. */
export async function writeDurably(path: string, data: string | Uint8Array, mode = 0o600): Promise<void> {
  const beside = `${path}.new`;
  await told(async () => {
    const handle = await open(beside, 'w', mode);
    try {
      await handle.writeFile(data);
      await handle.sync();
    } catch (error) {
      await rm(beside, { force: true });
      throw error;
    } finally {
      await handle.close();
    }
    await rename(beside, path);
    await syncFolder(dirname(path));
  }, path);
}
