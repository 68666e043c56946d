/**
 * What crashed containers have left behind, found by their claims, and its removal.
 *
 *     RUN/<12 hex>/       of `try`: left over when the drydock that made it is gone; its process may still run, where
 *                         the supervisor was killed too
 *     RUN/oci/<12 hex>/   of `oci`: a stopped container waits there for `delete`, rightly; only one whose creation was
 *                         cut off (claims, but no state, and no creator) is left over
 *     RUN/lab/<12 hex>/   a scratch root file system whose container has no folder any more
 *
 * What ROOT/containers knows is the engine's, whether one is at work or not: its containers go on without it, and the next
 * one finishes what the last one has begun (src/engine/reconcile.ts).
 *
 * What is young and belongs to nobody may be somebody's who is just beginning: it is left alone for a minute.
 */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { everyIsolator, labFolder, removeLabRootfs } from '../../../lab/rootfs.ts';
import { isSame } from '../../../linux/procfs.ts';
import { bridged } from '../../../network/bridged.ts';
import { statusOf } from '../../../runtime/lifecycle.ts';
import { remove, removeLeftovers } from '../../../runtime/remove.ts';
import { findState, listDirs, readClaims, type SavedState } from '../../../runtime/state.ts';
import { errorJson } from '../../errors.ts';
import { folderOf } from '../../../engine/record.ts';
import type { Finding } from './finding.ts';

const YOUNG_MS = 60_000;

export interface Repaired {
  what: string;
  /** Why it could not be removed. */
  error?: string;
}

interface Leftover {
  what: string;
  /** What --repair does, if it is more than removing. */
  advice?: string;
  remove(): Promise<void> | void;
}

/** One finding for all leftovers, or that there are none. */
export function leftovers(root: string, run: string): Finding[] {
  const common = { group: 'leftovers', name: 'of crashed containers' };
  let found: Leftover[];
  try {
    found = find(root, run);
  } catch (error) {
    // The folders of states are root's alone.
    if ((error as NodeJS.ErrnoException).code !== 'EACCES') throw error;
    return [{ ...common, grade: 'ok', value: 'cannot be seen without root' }];
  }
  if (found.length === 0) return [{ ...common, grade: 'ok', value: 'none' }];
  return found.map(({ what, advice = 'drydock doctor --repair' }) => ({
    ...common,
    grade: 'weak',
    value: what,
    without: 'it holds mounts, cgroups or memory that nobody uses',
    advice,
  }));
}

/** Removes all leftovers; goes on after one that cannot be removed. */
export async function repair(root: string, run: string): Promise<Repaired[]> {
  const done: Repaired[] = [];
  for (const { what, remove } of find(root, run)) {
    try {
      await remove();
      done.push({ what });
    } catch (error) {
      done.push({ what, error: (errorJson(error).error as { message: string }).message });
    }
  }
  return done;
}

function find(root: string, run: string): Leftover[] {
  const oci = join(run, 'oci');
  const isOfEngine = (id: string): boolean => existsSync(folderOf(root, id));
  return [
    ...listDirs(run).flatMap((dir) => leftoverOf(run, dir, (id) => !isOfEngine(id))),
    ...listDirs(oci).flatMap((dir) => leftoverOf(oci, dir, (_id, state) => state === undefined)),
    ...scratch(run),
  ];
}

/** The container in a folder, if its drydock is gone and `counts` says that it should be gone too. */
function leftoverOf(run: string, dir: string, counts: (id: string, state?: SavedState) => boolean): Leftover[] {
  const claims = claimsOf(dir);
  // Also of an engine's container whose root is not this one: its cables and its relay.
  const stack = [...everyIsolator(run), bridged()];
  const what = `container ${claims?.id ?? basename(dir)} in ${dir}`;
  const leftover: Leftover = { what, remove: () => removeLeftovers(dir, stack) };
  if (claims === undefined) return isYoung(dir) ? [] : [leftover];
  const state = findState(run, claims.id);
  if (isSame(claims.creator.pid, claims.creator.startTime) || !counts(claims.id, state)) return [];
  if (state === undefined || statusOf(state) === 'stopped') return [leftover];
  return [
    {
      what: `${what}, whose process ${state.pid} still runs`,
      advice: 'drydock doctor --repair: kills it, and gives back what it holds',
      remove: () => remove(run, state.id, { force: true }, stack),
    },
  ];
}

function claimsOf(dir: string): ReturnType<typeof readClaims> {
  try {
    return readClaims(dir);
  } catch {
    return undefined; // Not JSON: nothing in it can be given back, but the folder can go.
  }
}

function scratch(run: string): Leftover[] {
  let names: string[];
  try {
    names = readdirSync(labFolder(run));
  } catch {
    return []; // No `try` has run here yet.
  }
  const alive = new Set(listDirs(run).map((dir) => basename(dir)));
  const folders = names.filter((name) => !alive.has(name)).map((name) => join(labFolder(run), name));
  return folders
    .filter((folder) => !isYoung(folder))
    .map((folder) => ({ what: `root file system ${folder}`, remove: () => removeLabRootfs(folder) }));
}

function isYoung(path: string): boolean {
  try {
    return Date.now() - statSync(path).mtimeMs < YOUNG_MS;
  } catch {
    return true; // Gone meanwhile: nothing to do.
  }
}
