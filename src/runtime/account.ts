/**
 * `-u NAME|UID[:GROUP|GID]`, looked up in the container's own /etc/passwd and /etc/group (passwd(5), group(5)).
 *
 * A number is a number only if it fits: an overflow that wraps to 0 would be root (CVE-2024-40635).
 */
import { DrydockError } from '../errors.ts';
import { openRoot, type Rooted } from '../linux/rooted.ts';
import { groupsOf, isId, MAX_ID, usersOf, type User } from './passwd.ts';

export interface Account {
  uid: number;
  gid: number;
  /** Groups whose list of members has the user; none when a group was asked for. */
  additionalGids: number[];
  home: string;
}

/**
 * The account for what `-u` says (root for nothing), by the files below a root file system. `more` are groups that it is in
 * besides, by name or number. Throws BAD_USAGE.
 */
export function findAccount(wanted: string | undefined, root: string, more: readonly string[] = []): Account {
  const tree = openRoot(root);
  try {
    const account = accountIn(tree, wanted ?? '0');
    const others = more.map((group) => idOf(group) ?? groupNamed(tree, group));
    return { ...account, additionalGids: [...new Set([...account.additionalGids, ...others])] };
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

// The words of runc and Docker: people look for them.
function unknown(what: 'user' | 'group', name: string, entries: readonly { name: string }[]): DrydockError {
  const names = entries.map((entry) => entry.name).slice(0, 30);
  const file = what === 'user' ? 'passwd file' : 'group file';
  return new DrydockError('BAD_USAGE', `unable to find ${what} ${name}: no matching entries in ${file}`, {
    hint: `${names.length ? `there are: ${names.join(', ')}; ` : ''}a number is taken as it is`,
  });
}
