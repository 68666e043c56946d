/**
 * What is on disk of a snapshot, whatever its driver: a folder with its name, and in it a record that a person can read.
 *
 *     snapshots/overlay/
 *       sha256:9f86…/            a committed snapshot         the folder's name is the snapshot's
 *         snapshot.json          { name, kind, parent, created, committed, claim }
 *         …                      the driver's: a directory, a subvolume, …
 *       4e07408562be/            an active one, of a container
 *       .new-17-0/               one that is being made, by whoever holds its lock
 *       .gone-17-1/              one that is being taken away, likewise
 *
 * A record is written beside, synced and renamed, and the folder that holds a new name is synced: what a call has answered
 * is true after a crash of the machine, too. A folder whose record has another name was killed between the two renames
 * of its commit; the record is right.
 */
import { closeSync, fsyncSync, openSync, readdirSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { DrydockError } from '../errors.ts';
import { isAside } from './aside.ts';
import type { Json } from './driver.ts';
import type { Info } from './snapshotter.ts';

export interface Record extends Info {
  readonly claim?: Json;
}

/** A snapshot and where it lies. */
export interface Place {
  readonly folder: string;
  readonly record: Record;
}

const FILE = 'snapshot.json';
/**
 * Names become folders (CVE-2014-9358). A chain ID, or what Docker allows as the name of a container. What is aside begins
 * with a dot, which no name does; nor has a name one letter alone: in `l` are overlay's links.
 */
const NAME = /^(sha256:[0-9a-f]{64}|[A-Za-z0-9][\w.-]{1,127})$/;

export function checkName(name: string): void {
  if (NAME.test(name)) return;
  throw new DrydockError('ID_INVALID', `'${name}' is no name for a snapshot`, {
    hint: 'a chain ID (sha256: and 64 hexadecimal digits), or letters, digits, _ . -, at least two, the first not a sign',
  });
}

/** Undefined when there is no folder of this name, or it has no record: then it was never more than begun. */
export function readPlace(root: string, name: string): Place | undefined {
  const folder = join(root, name);
  try {
    return { folder, record: JSON.parse(readFileSync(join(folder, FILE), 'utf8')) as Record };
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    throw new DrydockError('STATE_BROKEN', `the record of the snapshot in ${folder} cannot be read: ${message}`, {
      cause,
    });
  }
}

/**
 * A snapshot that may be a parent, and all below it: the nearest first, the base last. So a name is looked up in a stack: the
 * first that has it wins, and a whiteout ends the search. It is the reverse of the order in which a manifest lists the layers.
 * Throws SNAPSHOT_MISSING, as `find` does, for what is not committed.
 */
export function chainFrom(name: string, find: (name: string) => Place): Place[] {
  const chain: Place[] = [];
  for (let next: string | undefined = name; next !== undefined; next = chain.at(-1)!.record.parent) {
    const at = find(next);
    if (at.record.kind !== 'committed' || at.record.name !== next)
      throw new DrydockError('SNAPSHOT_MISSING', `'${next}' is no committed snapshot, so it can be no parent`);
    chain.push(at);
  }
  return chain;
}

/** All folders of snapshots, also of those that are being made (`aside`) or taken away. */
export function listPlaces(root: string, { aside = false } = {}): Place[] {
  const mine = (name: string): boolean => name.length > 1 && (!name.startsWith('.') || (aside && isAside(name)));
  return readdirSync(root)
    .filter(mine)
    .sort()
    .flatMap((name) => readPlace(root, name) ?? []);
}

export function writeRecord(folder: string, record: Record): void {
  const path = join(folder, FILE);
  const beside = `${path}.new`;
  try {
    const fd = openSync(beside, 'w', 0o600);
    try {
      writeSync(fd, `${JSON.stringify(record, null, 2)}\n`);
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    renameSync(beside, path);
  } catch (error) {
    rmSync(beside, { force: true });
    throw error;
  }
}

/** Renames a snapshot's folder, for good. */
export function moveFolder(root: string, from: string, to: string): void {
  renameSync(join(root, from), join(root, to));
  const fd = openSync(root, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
