/**
 * What an engine that a command has started lets go of: nothing of that command's may hold it or end it.
 *
 * The session and the streams it has got from whoever started it (src/start/on-demand.ts). Its cgroup is its own matter:
 * in the caller's it would count against the caller's limits, and end with the caller's login session (systemd.kill(5)).
 */
import { closeSync, existsSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { readMountinfo } from '../linux/mountinfo.ts';
import { isGone, joinCgroup, makeCgroup, removedIfEmpty } from '../runtime/cgroupfs.ts';
import { fillCpuset } from '../runtime/cgroup-setup.ts';
import type { Word } from '../start/word.ts';

const OWN = 'drydock-engine';
/** Where whoever started us waits for a word. */
const CALLER = 3;

/** Into a cgroup of its own, in every hierarchy. */
export function leaveCgroups(): void {
  for (const root of roots()) {
    const own = join(root, OWN);
    makeCgroup(own);
    if (existsSync(join(own, 'cpuset.cpus'))) fillCpuset(own, root);
    joinCgroup(own, process.pid);
  }
}

/** At the end: a cgroup with a process in it cannot be removed, so we go to the root first. */
export function removeCgroups(): void {
  for (const root of roots()) {
    try {
      joinCgroup(root, process.pid);
    } catch (error) {
      if (!isGone(error)) throw error;
    }
    removedIfEmpty(join(root, OWN));
  }
}

function roots(): string[] {
  const mounts = readMountinfo().filter(({ type }) => type === 'cgroup' || type === 'cgroup2');
  return [...new Set(mounts.map(({ mountPoint }) => mountPoint))];
}

/** Whoever started us, as long as it waits. */
export class Caller {
  private isTold = false;

  /** How it went; only the first word counts, and then the descriptor may be somebody else's. */
  tell(word: Word): void {
    if (this.isTold) return;
    this.isTold = true;
    try {
      writeSync(CALLER, `${JSON.stringify(word)}\n`);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EPIPE') throw error; // it did not wait
    } finally {
      closeSync(CALLER);
    }
  }
}
