/**
 * The words of a mount's `options` (mount(8), OCI config.md "Linux mount options"): what is done, which flags of the
 * mount change, propagation, owners, and the rest, which is the file system's own data.
 *
 * A flag that no word names stays as it is: a bind shows its source with the source's flags.
 */
import {
  MS_BIND,
  MS_DIRSYNC,
  MS_I_VERSION,
  MS_LAZYTIME,
  MS_MANDLOCK,
  MS_NOATIME,
  MS_NODEV,
  MS_NODIRATIME,
  MS_NOEXEC,
  MS_NOSUID,
  MS_NOSYMFOLLOW,
  MS_PRIVATE,
  MS_RDONLY,
  MS_REC,
  MS_RELATIME,
  MS_REMOUNT,
  MS_SHARED,
  MS_SILENT,
  MS_SLAVE,
  MS_STRICTATIME,
  MS_SYNCHRONOUS,
  MS_UNBINDABLE,
} from './constants.ts';

/** Flags to set and flags to clear. */
export interface Change {
  set: number;
  clear: number;
}

const sets = (set: number, clear = 0): Change => ({ set, clear });
const clears = (clear: number): Change => ({ set: 0, clear });

/** The verb: MS_BIND, perhaps with MS_REC; MS_REMOUNT; neither: a new mount of a file system. */
const verbs: Readonly<Record<string, number>> = { bind: MS_BIND, rbind: MS_BIND | MS_REC, remount: MS_REMOUNT };

/** Of one mount, and, with an `r` in front, of all mounts below it, too. */
const ofMount: Readonly<Record<string, Change>> = {
  ro: sets(MS_RDONLY),
  rw: clears(MS_RDONLY),
  nosuid: sets(MS_NOSUID),
  suid: clears(MS_NOSUID),
  nodev: sets(MS_NODEV),
  dev: clears(MS_NODEV),
  noexec: sets(MS_NOEXEC),
  exec: clears(MS_NOEXEC),
  nosymfollow: sets(MS_NOSYMFOLLOW),
  symfollow: clears(MS_NOSYMFOLLOW),
  nodiratime: sets(MS_NODIRATIME),
  diratime: clears(MS_NODIRATIME),
  // The kernel has one field for these three.
  noatime: sets(MS_NOATIME, MS_RELATIME | MS_STRICTATIME),
  relatime: sets(MS_RELATIME, MS_NOATIME | MS_STRICTATIME),
  strictatime: sets(MS_STRICTATIME, MS_NOATIME | MS_RELATIME),
  atime: clears(MS_NOATIME),
  norelatime: clears(MS_RELATIME),
  nostrictatime: clears(MS_STRICTATIME),
};

/** Of the file system behind the mount, for all who have it mounted. */
const ofFileSystem: Readonly<Record<string, Change>> = {
  sync: sets(MS_SYNCHRONOUS),
  async: clears(MS_SYNCHRONOUS),
  dirsync: sets(MS_DIRSYNC),
  mand: sets(MS_MANDLOCK),
  nomand: clears(MS_MANDLOCK),
  iversion: sets(MS_I_VERSION),
  noiversion: clears(MS_I_VERSION),
  lazytime: sets(MS_LAZYTIME),
  nolazytime: clears(MS_LAZYTIME),
  silent: sets(MS_SILENT),
  loud: clears(MS_SILENT),
  defaults: sets(0),
};

/** Also what linux.rootfsPropagation may say. */
export const propagations: Readonly<Record<string, number>> = {
  private: MS_PRIVATE,
  rprivate: MS_PRIVATE | MS_REC,
  slave: MS_SLAVE,
  rslave: MS_SLAVE | MS_REC,
  shared: MS_SHARED,
  rshared: MS_SHARED | MS_REC,
  unbindable: MS_UNBINDABLE,
  runbindable: MS_UNBINDABLE | MS_REC,
};

/** Whether the tree is shown with other owners (mount_setattr(2), MOUNT_ATTR_IDMAP): its top alone, or all of it. */
const idmaps = { idmap: 'top', ridmap: 'all' } as const;

const recursives: Readonly<Record<string, Change>> = Object.fromEntries(
  Object.entries(ofMount).map(([word, change]) => [`r${word}`, change]),
);

const tables = [verbs, ofMount, recursives, ofFileSystem, propagations, idmaps];

/** Every word that means something to us; the others are the file system's. */
export const optionWords: readonly string[] = tables.flatMap((table) => Object.keys(table));

export interface ParsedOptions {
  verb: number;
  mount: Change;
  /** For the mount and all below it; where both speak of one flag of the mount, `mount` has the last word. */
  recursive: Change;
  fileSystem: Change;
  propagation: number;
  idmap?: 'top' | 'all';
  /** What is left: the file system's own options, as it wants them. */
  rest: string[];
}

/** Parses the options of one mount; later words win over earlier ones, as in mount(8). */
export function parseOptions(options: readonly string[] = []): ParsedOptions {
  const parsed: ParsedOptions = {
    verb: 0,
    mount: sets(0),
    recursive: sets(0),
    fileSystem: sets(0),
    propagation: 0,
    rest: [],
  };
  for (const word of options) {
    if (Object.hasOwn(verbs, word)) parsed.verb |= verbs[word]!;
    else if (Object.hasOwn(ofMount, word)) apply(ofMount[word]!, parsed.mount);
    else if (Object.hasOwn(recursives, word)) applyToAll(recursives[word]!, parsed);
    else if (Object.hasOwn(ofFileSystem, word)) apply(ofFileSystem[word]!, parsed.fileSystem);
    else if (Object.hasOwn(propagations, word)) parsed.propagation = propagations[word]!;
    else if (Object.hasOwn(idmaps, word)) parsed.idmap = idmaps[word as keyof typeof idmaps];
    else parsed.rest.push(word);
  }
  return parsed;
}

function apply({ set, clear }: Change, to: Change): void {
  to.set = (to.set & ~clear) | set;
  to.clear = (to.clear & ~set) | clear;
}

/** What was said of the mount alone before is overruled. */
function applyToAll(change: Change, { mount, recursive }: ParsedOptions): void {
  const spoken = change.set | change.clear;
  mount.set &= ~spoken;
  mount.clear &= ~spoken;
  apply(change, recursive);
}

/** Whether anything is to change. */
export const changes = ({ set, clear }: Change): boolean => (set | clear) !== 0;
