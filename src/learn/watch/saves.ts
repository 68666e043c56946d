/**
 * Says when one of some files has been saved.
 *
 * inotify(7) tells at once, but not on folders that another machine shares (9p, vboxsf, NFS): there nothing ever comes.
 * So the files are looked at as well, a few times a second: a handful of stat(2) cost nothing. Editors write in several
 * strokes, or write another file and rename it, so a change counts when it has been the same for two looks.
 */
import { statSync, watch, type FSWatcher } from 'node:fs';
import { dirname } from 'node:path';

const LOOK_MS = 100;

export interface Saves {
  close(): void;
}

/** Calls `told` after each save. */
export function onSave(files: readonly string[], told: () => void): Saves {
  const look = (): string => files.map(stamp).join();
  let known = look();
  let seen = known;
  const check = (): void => {
    const now = look();
    const isSettled = now === seen;
    seen = now;
    if (!isSettled || now === known) return;
    known = now;
    told();
  };
  const timer = setInterval(check, LOOK_MS);
  const watchers = [...new Set(files.map((file) => dirname(file)))].flatMap((folder) => watching(folder, check));
  return {
    close() {
      clearInterval(timer);
      watchers.forEach((one) => one.close());
    },
  };
}

function stamp(file: string): string {
  const about = statSync(file, { throwIfNoEntry: false });
  return about ? `${about.ino}:${about.size}:${about.mtimeMs}` : 'gone';
}

function watching(folder: string, check: () => void): FSWatcher[] {
  try {
    return [watch(folder, check).on('error', () => undefined)];
  } catch {
    return []; // No inotify here, or no more of it: looking has to do.
  }
}
