/**
 * Directory trees that are stacked on each other: what image layers become, and what containers write into.
 *
 * ## Words
 *
 * A **snapshot** is a directory tree that was made from a **parent**, or from nothing. It is one of three kinds:
 *
 *     active     somebody writes into it; it has a key and can be no parent
 *     view       somebody reads in it; it has a key, and what is written into it is refused or lost
 *     committed  it is finished and has a name; it never changes again, so it can be the parent of many
 *
 * Keys and names are from one set: a snapshot has one of them at a time, and no two have the same. We name committed
 * ones after the chain ID of the layers below and in them (`sha256:…`), and active ones after the container (`<id>`,
 * `<id>-init`). The **chain** of a snapshot is its parent, the parent's parent, and so on to the **base**.
 *
 * ## The life of a snapshot
 *
 *                 ┌── prepare(key, parent?) ──▶ active ──┬── commit(name, key) ──▶ committed
 *     nothing ────┤                                      │                             │
 *                 └── view(key, parent?) ─────▶ view ────┼── remove(key) ──▶ nothing ◀─┘  while nobody's parent
 *
 * Everything else is refused: a parent that is not committed (SNAPSHOT_MISSING), a key or name that is taken
 * (SNAPSHOT_EXISTS), a commit of what is not active, a remove of somebody's parent (SNAPSHOT_IN_USE). There is no way
 * back from committed to active: prepare a child.
 *
 * Each arrow happens at one moment, the rename of a folder. Whoever is killed before it has done nothing, and after it
 * everything; what lies about then is taken away, or finished, by `cleanup`. Any number of processes may work at once.
 *
 * ## Three stories
 *
 * *Unpacking an image of two layers.* The first layer has no parent, the second has the first.
 *
 *     await snapshots.prepare('unpack-1');
 *     await snapshots.withTarget('unpack-1', ({ folder, whiteouts }) => unpack(layer1, { folder, whiteouts }));
 *     await snapshots.commit('sha256:aaa…', 'unpack-1');
 *     await snapshots.prepare('unpack-2', 'sha256:aaa…');
 *     …
 *     await snapshots.commit('sha256:bbb…', 'unpack-2');
 *
 * Two who unpack the same image use keys of their own; of their commits one wins, the other hears SNAPSHOT_EXISTS, removes
 * its key, and has what it wanted. A driver that is `stacking` lets all layers be unpacked at the same time: prepare
 * without a parent, and name it at the commit, once it is there: `commit('sha256:bbb…', 'unpack-2', 'sha256:aaa…')`.
 *
 * *Running a container.* Docker's init layer holds the mount points that every container needs, so that what the container
 * itself has changed can be told from them. Nobody writes below `box-init` any more once `box` is made.
 *
 *     const init = await snapshots.prepare('box-init', 'sha256:bbb…');
 *     await withMounted(init, folder, makeMountPoints);
 *     await snapshots.commit('box-init-made', 'box-init');
 *     mountAll(await snapshots.prepare('box', 'box-init-made'), rootfs);
 *     … the container runs, ends, and is removed: rootfs is unmounted …
 *     await snapshots.remove('box');
 *     await snapshots.remove('box-init-made');
 *
 * *Committing a container to an image.* The difference between `box` and its parent becomes a layer, and the layer becomes
 * a snapshot like any other: `box` itself stays as it is, and can go on.
 *
 *     await snapshots.withDifference('box', (difference) => pack(difference));
 *
 * The words and the life are containerd's (core/snapshots/snapshotter.go); the drivers are those of Docker 1.6.
 */
import type { Change } from './changes.ts';
import type { Mount } from './mount.ts';
import type { Whiteouts } from './whiteouts.ts';

export type Kind = 'active' | 'view' | 'committed';

export const driverNames = ['overlay', 'aufs', 'btrfs', 'devicemapper', 'vfs'] as const;
export type DriverName = (typeof driverNames)[number];

/** What is known about a snapshot. */
export interface Info {
  /** Its key, or once it is committed its name. */
  readonly name: string;
  readonly kind: Kind;
  readonly parent?: string;
  /** When it was prepared, and when committed; ISO 8601. */
  readonly created: string;
  readonly committed?: string;
}

/** What would come free with a snapshot: its own part, not its chain's. */
export interface Usage {
  /** Bytes on disk. */
  readonly size: number;
  /** Files, directories and everything else that has a name of its own. */
  readonly inodes: number;
}

/** Where a layer is unpacked to. */
export interface Target {
  readonly folder: string;
  /** What stands in `folder` for something that the layer deletes. */
  readonly whiteouts: Whiteouts;
  /** Overlay's marks are attributes `user.overlay.…`, which need no root (overlayfs in a user namespace, Linux 5.11). */
  readonly userxattr: boolean;
}

/** The two sides of a snapshot and its parent. */
export interface Difference {
  /** Only what differs, with marks for what is gone (`whiteouts`); or, when there is a `lower`, the whole tree. */
  readonly upper: string;
  /** The parent's whole tree; absent where `upper` has only what differs, and for a base. */
  readonly lower?: string;
  /** The marks in `upper`; `remove` when it has none. */
  readonly whiteouts: Whiteouts;
  readonly userxattr: boolean;
}

export interface Snapshotter {
  readonly driver: DriverName;
  /** Layers lie side by side and are stacked by the mount: they can be unpacked in any order, and get a parent at the commit. */
  readonly stacking: boolean;

  /** A new active snapshot, with its mounts. Throws SNAPSHOT_EXISTS, SNAPSHOT_MISSING. */
  prepare(key: string, parent?: string): Promise<Mount[]>;
  /** A new view, with its mounts: read-only. Throws as `prepare`. */
  view(key: string, parent?: string): Promise<Mount[]>;
  /**
   * Makes what is active under `key` committed under `name`. What is mounted stays mounted, and must not be written to any
   * more. `parent`, only for a `stacking` driver: takes this parent, in place of none. Again after a crash: finishes.
   */
  commit(name: string, key: string, parent?: string): Promise<void>;
  /** The mounts of an active snapshot or a view, once more. */
  mounts(key: string): Promise<Mount[]>;
  /** Throws SNAPSHOT_MISSING when there is none, SNAPSHOT_IN_USE when it is a parent. Unmounts nothing of yours. */
  remove(key: string): Promise<void>;

  /** Throws SNAPSHOT_MISSING. */
  stat(key: string): Promise<Info>;
  usage(key: string): Promise<Usage>;
  /** All of them, by name. */
  walk(): Promise<Info[]>;

  /** Runs `body` with the folder that a layer is unpacked into. Only for active ones. */
  withTarget<T>(key: string, body: (target: Target) => Promise<T> | T): Promise<T>;
  /** Runs `body` with both sides, which it must not change. */
  withDifference<T>(key: string, body: (difference: Difference) => Promise<T> | T): Promise<T>;

  /** What it has that its parent has not, and the other way round: a folder before what is in it. */
  changes(key: string): Promise<Change[]>;

  /**
   * Finishes or takes away what killed processes have left, and nothing that somebody is at work on. Answers a sentence
   * for each thing done. Afterwards every snapshot is whole.
   */
  cleanup(): Promise<string[]>;
  /** Lets go of what the driver holds as long as it is in use (devicemapper: its pool). Snapshots stay. */
  close(): Promise<void>;
}
