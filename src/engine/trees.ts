/**
 * The files of a container as it sees them, whether it runs or not: for `cp`, `export` and whoever else looks in.
 *
 *     it runs          /proc/PID/root of its first process: layers, volumes, tmpfs, everything
 *     it does not      its layers and its volumes, mounted for us alone
 *
 * The tree belongs to whoever made the image and to whoever runs in it: it is only touched through `Rooted`, which resolves
 * every path inside it (CVE-2018-15664, CVE-2019-14271).
 *
 * What does not run must not be started while its layers are mounted here, so the container is held (`alone`) until the
 * tree is closed. The mounts are taken off their place at once (open_tree(2), Linux 5.2): nobody else sees them, and when
 * we are killed they are gone. On older kernels they stay at it until the tree is closed, or opened again.
 */
import { closeSync, openSync, rmdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isSyscallError } from '../linux/calls.ts';
import {
  AT_FDCWD,
  AT_RECURSIVE,
  MS_BIND,
  MS_RDONLY,
  MS_REC,
  MS_REMOUNT,
  O_CLOEXEC,
  O_DIRECTORY,
  O_PATH,
  OPEN_TREE_CLONE,
} from '../linux/constants.ts';
import { EEXIST } from '../linux/errno.ts';
import { features } from '../linux/features.ts';
import { makeFolders } from '../linux/make-folders.ts';
import { native } from '../linux/native.ts';
import { openRoot, Rooted } from '../linux/rooted.ts';
import type { Mount } from '../runtime/config.ts';
import { holdFirst, readState } from '../runtime/state.ts';
import { mountAll, unmountAll } from '../snapshots/mount.ts';
import type { Container } from './container.ts';
import type { Engine } from './engine.ts';
import { rootfsOf } from './rootfs.ts';

const TREE = O_PATH | O_DIRECTORY | O_CLOEXEC;

export interface Tree {
  readonly root: Rooted;
  close(): Promise<void>;
}

interface TreeWanted {
  /** Without volumes: the container's layers alone. */
  readonly bare?: boolean;
}

/** Close it. Throws NO_SUCH_CONTAINER, and what keeps the layers or a volume from being mounted. */
export async function openTree(engine: Engine, name: string, wanted: TreeWanted = {}): Promise<Tree> {
  const container = engine.containers.find(name);
  const running = ofRunning(engine, container, wanted);
  if (running) return running;
  const letGo = await hold(container);
  try {
    // It may have been started while we waited.
    const tree = ofRunning(engine, container, wanted) ?? (await ofStopped(engine, container, wanted));
    return { root: tree.root, close: () => tree.close().finally(letGo) };
  } catch (error) {
    letGo();
    throw error;
  }
}

/** Runs `body` with the tree. */
export async function withTree<T>(engine: Engine, name: string, body: (root: Rooted) => Promise<T> | T): Promise<T> {
  const { root, close } = await openTree(engine, name);
  try {
    return await body(root);
  } finally {
    await close();
  }
}

function ofRunning({ run }: Engine, { id, record, folder }: Container, { bare }: TreeWanted): Tree | undefined {
  if (!record.State.Running) return undefined;
  const first = holdFirst(readState(run, id));
  if (!first) return undefined;
  try {
    const root = openRoot(bare ? rootfsOf(folder) : `${first.path}/root`);
    return { root, close: async () => root.close() };
  } finally {
    first.close();
  }
}

async function ofStopped(engine: Engine, { id, record }: Container, { bare }: TreeWanted): Promise<Tree> {
  const place = placeOf(engine, id);
  unmountAll(place);
  const layers = await engine.store.snapshots.mounts(id);
  const volumes = bare ? [] : (await engine.volumes.mount(record)).filter(({ type }) => type === 'bind');
  try {
    mountAll(layers, place);
    for (const volume of volumes) bindInside(place, volume);
    if (record.HostConfig.ReadonlyRootfs) native.mount(null, place, null, MS_REMOUNT | MS_BIND | MS_RDONLY, null);
    const root = new Rooted(takenOff(place));
    return { root, close: () => closed(root) };
  } catch (error) {
    await closed();
    throw error;
  }

  async function closed(root?: Rooted): Promise<void> {
    root?.close();
    unmountAll(place);
    rmdirSync(place);
    if (!bare) await engine.volumes.unmount(record);
  }
}

function placeOf({ run }: Engine, id: string): string {
  const place = join(run, 'trees', id);
  makeFolders(place, 0o700);
  return place;
}

/** A descriptor of the tree, with everything that is mounted in it. */
function takenOff(place: string): number {
  if (!features().newMountApi) return openSync(place, TREE);
  const fd = native.openTree(AT_FDCWD, place, OPEN_TREE_CLONE | AT_RECURSIVE | O_CLOEXEC);
  unmountAll(place);
  return fd;
}

/** Like the runtime does for a container that runs: the place is looked up inside, and made if it is missing. */
function bindInside(place: string, { destination, source, options = [] }: Mount): void {
  using tree = openRoot(place);
  const isFolder = statSync(source!).isDirectory();
  closeSync(isFolder ? tree.mkdirs(destination) : fileAt(tree, destination));
  const at = (body: (path: string) => void): void => tree.with(destination, (fd) => body(`/proc/self/fd/${fd}`));
  at((path) => native.mount(source!, path, null, MS_BIND | MS_REC, null));
  if (options.includes('ro')) at((path) => native.mount(null, path, null, MS_REMOUNT | MS_BIND | MS_RDONLY, null));
}

function fileAt(tree: Rooted, path: string): number {
  try {
    closeSync(tree.mkdirs(dirname(path)));
    return tree.createFile(path);
  } catch (error) {
    if (isSyscallError(error, EEXIST)) return tree.open(path, O_PATH | O_CLOEXEC);
    throw error;
  }
}

/** Waits until nobody else changes the container; nobody can until the answer is called. */
function hold(container: Container): Promise<() => void> {
  return new Promise((resolve, reject) => {
    container.alone(() => new Promise<void>((letGo) => resolve(letGo))).catch(reject);
  });
}
