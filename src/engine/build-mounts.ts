/**
 * Places for what is mounted while a program of a build runs. They are made in the layer below its own, so that they are no
 * change of the program's, and the image does not keep them.
 */
import { closeSync, statSync } from 'node:fs';
import { posix } from 'node:path';
import { isSyscallError } from '../linux/calls.ts';
import { EEXIST, ENOENT } from '../linux/errno.ts';
import { openRoot } from '../linux/rooted.ts';
import type { Mount } from '../runtime/config.ts';

export function makeMountPoints(folder: string, mounts: readonly Mount[]): void {
  using tree = openRoot(folder);
  for (const { destination, source, type } of mounts) {
    if (type !== 'bind' || statSync(source!).isDirectory()) {
      closeSync(tree.mkdirs(destination));
      continue;
    }
    closeSync(tree.mkdirs(posix.dirname(destination)));
    try {
      closeSync(tree.createFile(destination));
    } catch (error) {
      if (!isSyscallError(error, EEXIST)) throw error;
    }
  }
}

/** Those of the places that are not there. */
export function missingIn(folder: string, paths: readonly string[]): string[] {
  using tree = openRoot(folder);
  return paths.filter((path) => {
    try {
      return !tree.stat(path);
    } catch (error) {
      if (isSyscallError(error, ENOENT)) return true;
      throw error;
    }
  });
}

export function makeFoldersIn(folder: string, paths: readonly string[]): void {
  using tree = openRoot(folder);
  for (const path of paths) closeSync(tree.mkdirs(path, 0o755));
}
