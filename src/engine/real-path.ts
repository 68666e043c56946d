/** Where a path leads in a tree that is not trusted, with all its links followed. */
import { posix } from 'node:path';
import { isSyscallError } from '../linux/calls.ts';
import { ENOENT, ENOTDIR } from '../linux/errno.ts';
import { isLink, type Rooted } from '../linux/rooted.ts';

const mostLinks = 40;

/**
 * A path without links in it, as far as what it names is there. It is only told to people and looked up again: that the
 * tree changes meanwhile leads nowhere else than inside.
 */
export function realPath(root: Rooted, path: string): string {
  let real = '/';
  const ahead = path.split('/').reverse();
  for (let links = 0; ahead.length > 0;) {
    const next = posix.resolve(real, ahead.pop()!);
    const target = links < mostLinks ? linkAt(root, next) : undefined;
    if (target === undefined) real = next;
    else {
      links++;
      if (target.startsWith('/')) real = '/';
      ahead.push(...target.split('/').reverse());
    }
  }
  return real;
}

function linkAt(root: Rooted, path: string): string | undefined {
  try {
    return isLink(root.lstat(path).mode) ? root.readlink(path).toString() : undefined;
  } catch (error) {
    if (isSyscallError(error, ENOENT, ENOTDIR)) return undefined;
    throw error;
  }
}
