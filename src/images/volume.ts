/**
 * A new volume begins with what the image has at its place: owner, mode and everything in it, as Docker's copy-up.
 *
 * The image's tree is not trusted: its place is found inside the tree, and what is there is copied as a layer is, by
 * our own archives (src/layers).
 */
import { closeSync } from 'node:fs';
import { pack, unpack } from '../layers/index.ts';
import { isSyscallError } from '../linux/calls.ts';
import { O_CLOEXEC, O_DIRECTORY, O_PATH } from '../linux/constants.ts';
import { errno } from '../linux/errno.ts';
import { openRoot } from '../linux/rooted.ts';

/** Copies what is at `place` in the tree into an empty folder, whose path is the answer. Nothing is there: nothing is copied. */
export async function copyUp(tree: string, place: string, folder: string): Promise<string> {
  const fd = openPlace(tree, place);
  if (fd === undefined) return folder;
  try {
    // The directory itself is in its archive: the folder gets its owner and mode.
    await unpack(archiveOf(`/proc/self/fd/${fd}`), { folder, whiteouts: 'none' });
    return folder;
  } finally {
    closeSync(fd);
  }
}

/** Whether the tree has a directory there. */
export function hasPlace(tree: string, place: string): boolean {
  const fd = openPlace(tree, place);
  if (fd !== undefined) closeSync(fd);
  return fd !== undefined;
}

const archiveOf = (upper: string): AsyncIterable<Uint8Array> => pack({ upper, whiteouts: 'none' });

function openPlace(folder: string, place: string): number | undefined {
  const tree = openRoot(folder);
  try {
    return tree.open(place, O_PATH | O_DIRECTORY | O_CLOEXEC);
  } catch (error) {
    if (isSyscallError(error, errno.ENOENT, errno.ENOTDIR)) return undefined;
    throw error;
  } finally {
    tree.close();
  }
}
