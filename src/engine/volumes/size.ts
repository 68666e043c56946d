/**
 * What a tree holds, in bytes, while somebody may be writing into it: what goes meanwhile is not counted. The engine
 * answers others between two folders, however large the tree is.
 */
import { closeSync, openSync } from 'node:fs';
import { setImmediate as others } from 'node:timers/promises';
import { isSyscallError } from '../../linux/calls.ts';
import { O_CLOEXEC, O_DIRECTORY, O_NOFOLLOW, O_PATH } from '../../linux/constants.ts';
import { ELOOP, ENOENT, ENOTDIR } from '../../linux/errno.ts';
import { native, type FileFacts } from '../../linux/native.ts';
import { isDirectory } from '../../linux/rooted.ts';

const FOLDER = O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;

/** Files that have several names are counted once. Nothing in the tree is followed. */
export async function sizeOf(folder: string): Promise<number> {
  const seen = new Set<string>();
  const isCounted = ({ links, device, inode }: FileFacts): boolean => {
    const before = seen.size;
    if (links > 1) seen.add(`${device}:${inode}`);
    return links > 1 && seen.size === before;
  };
  const sizeIn = async (fd: number): Promise<number> => {
    await others();
    let size = 0;
    for (const name of native.listAt(fd)) {
      const facts = unlessGone(() => native.statAt(fd, name));
      if (!facts) continue;
      if (!isDirectory(facts.mode)) size += isCounted(facts) ? 0 : facts.size;
      else size += await inside(() => unlessGone(() => native.openAt(fd, name, FOLDER)), sizeIn);
    }
    return size;
  };
  return inside(() => openSync(folder, FOLDER), sizeIn);
}

async function inside(open: () => number | undefined, body: (fd: number) => Promise<number>): Promise<number> {
  const fd = open();
  if (fd === undefined) return 0;
  try {
    return await body(fd);
  } finally {
    closeSync(fd);
  }
}

function unlessGone<T>(body: () => T): T | undefined {
  try {
    return body();
  } catch (error) {
    if (isSyscallError(error, ENOENT, ENOTDIR, ELOOP)) return undefined;
    throw error;
  }
}
