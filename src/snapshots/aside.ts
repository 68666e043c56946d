/**
 * Folders of the store that are no snapshots (yet, or any more): their names begin with a dot, and whoever is at work in one
 * holds its lock. The kernel lets go of the lock of whoever dies; a folder aside that nobody holds is rubbish.
 *
 * In between, when it is made and not yet locked, somebody could take it for that: so it is made with the store's lock held.
 */
import { mkdirSync, readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { DrydockError } from '../errors.ts';
import { lockFolder, tryLock, type Lock } from '../linux/lock.ts';
import { openRoot } from '../linux/rooted.ts';
import { unmountAll } from './mount.ts';

const NEW = '.new-';
const GONE = '.gone-';
/** In a folder aside: where something is mounted for a moment. */
export const MERGED = 'merged';

let count = 0;
const numbered = (prefix: string): string =>
  `${prefix}${process.pid}-${process.hrtime.bigint().toString(36)}-${count++}`;

export const newName = (): string => numbered(NEW);
export const goneName = (): string => numbered(GONE);
export const isAside = (name: string): boolean => name.startsWith(NEW) || name.startsWith(GONE);
export const isGone = (name: string): boolean => name.startsWith(GONE);

/** Runs `body` while nobody else changes which snapshots there are. For moments only. */
export async function locked<T>(root: string, body: () => Promise<T> | T): Promise<T> {
  const lock = await lockFolder(root, 'working on snapshots');
  if (!lock) throw new DrydockError('SNAPSHOT_MISSING', `the folder of snapshots ${root} is gone`);
  try {
    return await body();
  } finally {
    lock.release();
  }
}

/** Makes a folder aside, and holds it. With the store's lock held. */
export function makeAside(folder: string): Lock {
  mkdirSync(folder, { mode: 0o700 });
  return holdAside(folder);
}

/** Holds a folder aside whose name nobody else knows yet. */
export const holdAside = (folder: string): Lock => tryLock(folder) as Lock;

/** Whether a folder is a snapshot, or will be one: not aside, or being made by somebody who lives. With the store's lock held. */
export function isKept(folder: string): boolean {
  const name = basename(folder);
  if (!isAside(name)) return true;
  if (isGone(name)) return false;
  const lock = tryLock(folder);
  if (lock && lock !== 'held') lock.release();
  return lock === 'held';
}

/** What somebody who is dead has left aside, held by us now. */
export interface Rubbish {
  readonly name: string;
  readonly held: Lock;
}

/** With the store's lock held, as whoever makes such a folder has it until the folder is held. */
export function holdRubbish(root: string): Rubbish[] {
  return readdirSync(root)
    .filter(isAside)
    .flatMap((name) => {
      const held = tryLock(join(root, name));
      return held && held !== 'held' ? [{ name, held }] : [];
    });
}

/** Removes a folder with what is in it, and takes the mount out of it that a killed process may have left. */
export function removeAside(folder: string): void {
  unmountAll(join(folder, MERGED));
  using tree = openRoot(dirname(folder));
  tree.remove(basename(folder));
}

/** Runs `body` with a folder aside, which goes afterwards. Without the store's lock held. */
export async function withAside<T>(root: string, body: (folder: string) => Promise<T> | T): Promise<T> {
  const folder = join(root, newName());
  const held = await locked(root, () => makeAside(folder));
  try {
    return await body(folder);
  } finally {
    removeAside(folder);
    held.release();
  }
}
