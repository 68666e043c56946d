/**
 * The users and groups of a container, by its own /etc/passwd and /etc/group (passwd(5), group(5)).
 *
 * The files belong to the container, so they are found below its root whatever links they are, read only if they are
 * files and of a sane size, and a line whose ids are no ids counts as absent: an overflow that wraps to 0 would be root
 * (CVE-2024-40635).
 */
import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';
import { DrydockError } from '../errors.ts';
import { isSyscallError } from '../linux/calls.ts';
import { errno } from '../linux/errno.ts';
import { openRoot, type Rooted } from '../linux/rooted.ts';
import type { Process } from './spec.ts';

export interface User {
  name: string;
  uid: number;
  gid: number;
  home: string;
}

export interface Group {
  name: string;
  gid: number;
  members: readonly string[];
}

/** The largest id that is nobody's overflow (CVE-2024-40635). */
export const MAX_ID = 2 ** 31 - 1;
const MAX_SIZE = 1 << 20;

/** Whether a text is an id that nobody's arithmetic makes another one. */
export function isId(text: string | undefined): text is string {
  return text !== undefined && /^\d{1,10}$/.test(text) && Number(text) <= MAX_ID;
}

/** The users of a tree; none without the file. Throws BAD_USAGE when the file is no file, or too large. */
export function usersOf(tree: Rooted): User[] {
  return linesOf(tree, '/etc/passwd').flatMap(([name = '', , uid, gid, , home]) =>
    isId(uid) && isId(gid) ? [{ name, uid: Number(uid), gid: Number(gid), home: home || '/' }] : [],
  );
}

/** The groups of a tree; none without the file. Throws BAD_USAGE when the file is no file, or too large. */
export function groupsOf(tree: Rooted): Group[] {
  return linesOf(tree, '/etc/group').flatMap(([name = '', , gid, members = '']) =>
    isId(gid) ? [{ name, gid: Number(gid), members: members.split(',') }] : [],
  );
}

/**
 * The process with the home of its user in HOME, where its environment has none, as runc does it: `/` where the user has
 * no line. `root` is a directory with the container's files.
 */
export function withHome<P extends Process>(process: P, root: string): P {
  const { env = [], user } = process;
  if (env.some((entry) => entry.startsWith('HOME=') && entry !== 'HOME=')) return process;
  return { ...process, env: [...env.filter((entry) => entry !== 'HOME='), `HOME=${homeOf(user.uid, root)}`] };
}

function homeOf(uid: number, root: string): string {
  try {
    const tree = openRoot(root);
    try {
      return usersOf(tree).find((user) => user.uid === uid)?.home ?? '/';
    } finally {
      tree.close();
    }
  } catch {
    // Nobody has asked for this file: one that cannot be used is as good as none, and a root without files is told of
    // by whoever needs it.
    return '/';
  }
}

/** The fields of each line; none where there is no such file. */
function linesOf(tree: Rooted, path: string): string[][] {
  try {
    const text = tree.with(path, (fd) => textOf(fd, path));
    return text.split('\n').map((line) => line.split(':'));
  } catch (error) {
    if (isSyscallError(error, errno.ENOENT, errno.ENOTDIR)) return [];
    throw error;
  }
}

// Looked at before it is opened: a fifo would make us wait, a device might do anything.
function textOf(place: number, path: string): string {
  const facts = fstatSync(place);
  if (!facts.isFile() || facts.size > MAX_SIZE)
    throw new DrydockError('BAD_USAGE', `${path} in the container cannot be used to look a user up`, {
      hint: 'it must be a file of at most 1 MiB',
    });
  const file = openSync(`/proc/self/fd/${place}`, 'r');
  try {
    return readFileSync(file, 'utf8');
  } finally {
    closeSync(file);
  }
}
