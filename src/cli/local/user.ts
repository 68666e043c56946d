/**
 * `-u NAME|UID[:GROUP|GID]`, looked up in the container's own /etc/passwd and /etc/group (passwd(5), group(5)).
 *
 * A number is a number only if it fits: an overflow that wraps to 0 would be root (CVE-2024-40635). The files belong to
 * the container, so they are found below its root whatever links they are, read only if they are files and of a sane
 * size, and a line whose ids are no ids counts as absent.
 */
import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';
import { DrydockError } from '../../errors.ts';
import { isSyscallError } from '../../linux/calls.ts';
import { errno } from '../../linux/errno.ts';
import { openRoot, type Rooted } from '../../linux/rooted.ts';

export interface Account {
  uid: number;
  gid: number;
  /** Groups whose list of members has the user; none when a group was asked for. */
  additionalGids: number[];
  home: string;
}

interface User {
  name: string;
  uid: number;
  gid: number;
  home: string;
}

interface Group {
  name: string;
  gid: number;
  members: readonly string[];
}

const MAX_ID = 2 ** 31 - 1;
const MAX_SIZE = 1 << 20;

/** The account for what `-u` says (root for nothing), by the files below a root file system. Throws BAD_USAGE. */
export function findAccount(wanted: string | undefined, root: string): Account {
  const tree = openRoot(root);
  try {
    return accountIn(tree, wanted ?? '0');
  } finally {
    tree.close();
  }
}

function accountIn(tree: Rooted, wanted: string): Account {
  const [name = '', group] = wanted.split(':', 2);
  const users = usersOf(tree);
  const number = idOf(name);
  const user = users.find((one) => (number === undefined ? one.name === name : one.uid === number));
  if (number === undefined && !user) throw unknown('user', name, users);
  const { uid = number!, gid = 0, home = '/' } = user ?? {};
  if (group === undefined) return { uid, gid, home, additionalGids: user ? groupsWith(tree, user) : [] };
  return { uid, gid: idOf(group) ?? groupNamed(tree, group), home, additionalGids: [] };
}

function groupsWith(tree: Rooted, { name, gid: own }: User): number[] {
  const groups = groupsOf(tree).filter(({ gid, members }) => gid !== own && members.includes(name));
  return [...new Set(groups.map(({ gid }) => gid))];
}

function groupNamed(tree: Rooted, name: string): number {
  const groups = groupsOf(tree);
  const group = groups.find((one) => one.name === name);
  if (!group) throw unknown('group', name, groups);
  return group.gid;
}

function idOf(text: string): number | undefined {
  if (!/^\d+$/.test(text)) return undefined;
  if (isId(text)) return Number(text);
  throw new DrydockError('BAD_USAGE', `the id ${text} is too large`, { hint: `at most ${MAX_ID}` });
}

function isId(text: string | undefined): text is string {
  return text !== undefined && /^\d{1,10}$/.test(text) && Number(text) <= MAX_ID;
}

function usersOf(tree: Rooted): User[] {
  return linesOf(tree, '/etc/passwd').flatMap(([name = '', , uid, gid, , home]) =>
    isId(uid) && isId(gid) ? [{ name, uid: Number(uid), gid: Number(gid), home: home || '/' }] : [],
  );
}

function groupsOf(tree: Rooted): Group[] {
  return linesOf(tree, '/etc/group').flatMap(([name = '', , gid, members = '']) =>
    isId(gid) ? [{ name, gid: Number(gid), members: members.split(',') }] : [],
  );
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

function unknown(what: string, name: string, entries: readonly { name: string }[]): DrydockError {
  const names = entries.map((entry) => entry.name).slice(0, 30);
  return new DrydockError('BAD_USAGE', `there is no ${what} '${name}' in the container`, {
    hint: `${names.length ? `there are: ${names.join(', ')}; ` : ''}a number is taken as it is`,
  });
}
