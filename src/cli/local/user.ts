/**
 * `-u NAME|UID[:GROUP|GID]`, looked up in the container's own /etc/passwd and /etc/group.
 *
 * A number is a number only if it fits: an overflow that wraps to 0 would be root (CVE-2024-40635).
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DrydockError } from '../../errors.ts';

export interface Account {
  uid: number;
  gid: number;
  home: string;
}

const MAX_ID = 2 ** 31 - 1;

/** The account for what `-u` says, by the files of a root file system that we made ourselves. Throws BAD_USAGE. */
export function findAccount(wanted: string | undefined, root: string): Account {
  const [user = '', group] = (wanted ?? '0').split(':', 2);
  const accounts = linesOf(join(root, 'etc/passwd'));
  const number = idOf(user);
  const entry = accounts.find(([name, , uid]) => (number === undefined ? name === user : uid === String(number)));
  if (number === undefined && !entry) throw unknown('user', user, accounts);
  const groupNumber = group === undefined ? undefined : groupId(group, root);
  return { uid: number ?? Number(entry![2]), gid: groupNumber ?? Number(entry?.[3] ?? 0), home: entry?.[5] ?? '/' };
}

function groupId(group: string, root: string): number {
  const number = idOf(group);
  if (number !== undefined) return number;
  const groups = linesOf(join(root, 'etc/group'));
  const entry = groups.find(([name]) => name === group);
  if (!entry) throw unknown('group', group, groups);
  return Number(entry[2]);
}

function idOf(text: string): number | undefined {
  if (!/^\d+$/.test(text)) return undefined;
  const number = Number(text);
  if (text.length <= 10 && number <= MAX_ID) return number;
  throw new DrydockError('BAD_USAGE', `the id ${text} is too large`, { hint: `at most ${MAX_ID}` });
}

function linesOf(file: string): string[][] {
  const lines = readFileSync(file, 'utf8').split('\n');
  return lines.filter((line) => line !== '').map((line) => line.split(':'));
}

function unknown(what: string, name: string, entries: readonly string[][]): DrydockError {
  const names = entries.map(([first]) => first).join(', ');
  return new DrydockError('BAD_USAGE', `there is no ${what} '${name}' in the lab`, {
    hint: `there are: ${names}; a number is taken as it is`,
  });
}
