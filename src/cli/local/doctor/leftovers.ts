/**
 * What crashed containers have left behind, found by their claims, and its removal.
 *
 *     RUN/<12 hex>/       of `try`: left over when its process and the drydock that made it are both gone
 *     RUN/oci/<12 hex>/   of `oci`: a stopped container waits there for `delete`, rightly; only one whose creation was
 *                         cut off (claims, but no state, and no creator) is left over
 *     RUN/lab/<12 hex>/   a scratch root file system whose container has no folder any more
 *
 * What is young and belongs to nobody may be somebody's who is just beginning: it is left alone for a minute.
 */
import { readdirSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { labFolder, labRootfs, removeLabRootfs } from '../../../lab/rootfs.ts';
import { readStat } from '../../../linux/procfs.ts';
import { removeLeftovers } from '../../../runtime/container.ts';
import { isolators } from '../../../runtime/isolators/index.ts';
import { findState, listDirs, readClaims, statusOf } from '../../../runtime/state.ts';
import { errorJson } from '../../errors.ts';
import type { Finding } from './finding.ts';

const YOUNG_MS = 60_000;

export interface Repaired {
  what: string;
  /** Why it could not be removed. */
  error?: string;
}

interface Leftover {
  what: string;
  remove(): Promise<void> | void;
}

/** One finding for all leftovers, or that there are none. */
export function leftovers(run: string): Finding[] {
  const common = { group: 'leftovers', name: 'of crashed containers' };
  let found: Leftover[];
  try {
    found = find(run);
  } catch (error) {
    // The folders of states are root's alone.
    if ((error as NodeJS.ErrnoException).code !== 'EACCES') throw error;
    return [{ ...common, grade: 'ok', value: 'cannot be seen without root' }];
  }
  if (found.length === 0) return [{ ...common, grade: 'ok', value: 'none' }];
  return found.map(({ what }) => ({
    ...common,
    grade: 'weak',
    value: what,
    without: 'it holds mounts, cgroups or memory that nobody uses',
    advice: 'drydock doctor --repair',
  }));
}

/** Removes all leftovers; goes on after one that cannot be removed. */
export async function repair(run: string): Promise<Repaired[]> {
  const done: Repaired[] = [];
  for (const { what, remove } of find(run)) {
    try {
      await remove();
      done.push({ what });
    } catch (error) {
      done.push({ what, error: (errorJson(error).error as { message: string }).message });
    }
  }
  return done;
}

function find(run: string): Leftover[] {
  const ours = listDirs(run).filter((dir) => isLeftover(run, dir, true));
  const oci = listDirs(join(run, 'oci')).filter((dir) => isLeftover(join(run, 'oci'), dir, false));
  const stack = [labRootfs('', run), ...isolators];
  const containers = [...ours, ...oci].map((dir) => ({
    what: `container ${claimsOf(dir)?.id ?? basename(dir)} in ${dir}`,
    remove: () => removeLeftovers(dir, stack),
  }));
  return [...containers, ...scratch(run)];
}

function isLeftover(run: string, dir: string, evenIfStopped: boolean): boolean {
  const claims = claimsOf(dir);
  if (claims === undefined) return !isYoung(dir);
  if (readStat(claims.pid) !== undefined) return false;
  const state = findState(run, claims.id);
  return state === undefined || (evenIfStopped && statusOf(state) === 'stopped');
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
