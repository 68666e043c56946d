/**
 * The files of a container, whether it runs or not: for `cp`, `export` and whoever else looks in.
 *
 *     its layers        mounted already while it runs, else now
 *     its volumes       bound in them, and the engine's /etc/hosts and its like
 *
 * What it has mounted itself, its tmpfs and its /proc are not among them, as with Docker: nobody can make us read a file
 * system that a container serves (FUSE), which would never answer.
 *
 * The tree belongs to whoever made the image and to whoever runs in it: it is only touched through `Rooted`, which resolves
 * every path inside it (CVE-2018-15664, CVE-2019-14271).
 *
 * It is put together at a place of its own, and taken off that place at once (open_tree(2), Linux 5.2): nobody else sees it,
 * and when we are killed it is gone; on older kernels the next engine takes it away (`clearTrees`). A container that does
 * not run is held (`alone`) until the tree is closed, because overlayfs forbids to mount its layers twice.
 */
import { closeSync, existsSync, mkdtempSync, openSync, readdirSync, rmdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isSyscallError } from '../linux/calls.ts';
import {
  AT_EMPTY_PATH,
  AT_FDCWD,
  AT_RECURSIVE,
  MOUNT_ATTR_RDONLY,
  MS_BIND,
  MS_PRIVATE,
  MS_RDONLY,
  MS_REC,
  MS_REMOUNT,
  O_CLOEXEC,
  O_DIRECTORY,
  O_PATH,
  OPEN_TREE_CLONE,
} from '../linux/constants.ts';
import { EEXIST, ELOOP, ENOENT, ENOTDIR } from '../linux/errno.ts';
import { features } from '../linux/features.ts';
import { makeFolders } from '../linux/make-folders.ts';
import { native } from '../linux/native.ts';
import { openRoot, Rooted } from '../linux/rooted.ts';
import type { Mount } from '../runtime/config.ts';
import { mountAll, unmountAll, type Mount as LayerMount } from '../snapshots/mount.ts';
import type { Container } from './container.ts';
import type { Engine } from './engine.ts';
import { fileMounts } from './own-files.ts';
import { realPath } from './real-path.ts';
import { rootfsOf } from './rootfs.ts';
import type { ContainerRecord } from './types.ts';
import { linesOf } from './volumes/lines.ts';

const TREE = O_PATH | O_DIRECTORY | O_CLOEXEC;

export interface Tree {
  readonly root: Rooted;
  close(): Promise<void>;
}

interface TreeWanted {
  /** Its layers alone: without volumes and the files of the engine's. */
  readonly bare?: boolean;
}

/** Close it. Throws NO_SUCH_CONTAINER, and what keeps the layers or a volume from being mounted. */
export async function openTree(engine: Engine, name: string, { bare = false }: TreeWanted = {}): Promise<Tree> {
  const container = engine.containers.find(name);
  const letGo = await hold(container);
  let isHeld = false;
  try {
    if (runs(container)) return ofRunning(engine, container, bare);
    const { root, close } = await ofStopped(engine, container, bare);
    isHeld = true;
    return { root, close: () => close().finally(letGo) };
  } finally {
    if (!isHeld) letGo();
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

/** Takes away what a killed engine has left at its places, on kernels that have no open_tree(2). */
export function clearTrees(run: string): void {
  const folder = join(run, 'trees');
  for (const name of existsSync(folder) ? readdirSync(folder) : []) clear(join(folder, name));
}

/** One that waits to be started again counts as running, and has nothing mounted. */
const runs = ({ record }: Container): boolean => record.State.Pid > 0;

function ofRunning({ run }: Engine, { folder, record }: Container, bare: boolean): Tree {
  const layers = [{ type: 'bind', source: rootfsOf(folder), options: ['bind'] }];
  const lines = bare ? [] : [...fileMounts(folder), ...linesOf(record.Mounts, record.HostConfig)];
  const own = lines.filter(({ type }) => type !== 'bind').map(({ destination }) => destination);
  return assembled(run, layers, lines, record, [...KERNELS, ...own]);
}

async function ofStopped({ run, store, volumes }: Engine, container: Container, bare: boolean): Promise<Tree> {
  const { id, folder, record } = container;
  const layers = await store.snapshots.mounts(id);
  if (bare) return assembled(run, layers, [], record);
  try {
    // The engine's own files are written at each start: before the first there are none.
    const files = fileMounts(folder).filter(({ source }) => existsSync(source!));
    const tree = assembled(run, layers, [...files, ...(await volumes.mount(record))], record);
    return { root: tree.root, close: () => tree.close().then(() => volumes.unmount(record)) };
  } catch (error) {
    await volumes.unmount(record);
    throw error;
  }
}

/** Where the kernel's own file systems are in every container. */
const KERNELS = ['/proc', '/dev', '/sys'];

/** Without waiting for anything: nobody comes between the mounts. `held` are the places of mounts that are left out. */
function assembled(
  run: string,
  layers: readonly LayerMount[],
  lines: readonly Mount[],
  { HostConfig }: ContainerRecord,
  held: readonly string[] = [],
): Tree {
  makeFolders(join(run, 'trees'), 0o700);
  const place = mkdtempSync(join(run, 'trees', 'tree-'));
  try {
    mountAll(layers, place);
    // Where the machine's mounts are shared, as systemd makes them, ours would be in the container too, and go there with us.
    native.mount(null, place, null, MS_PRIVATE | MS_REC, null);
    for (const line of lines) if (line.type === 'bind') bindInside(place, line);
    if (HostConfig.ReadonlyRootfs) native.mount(null, place, null, MS_REMOUNT | MS_BIND | MS_RDONLY, null);
    for (const destination of held) holdInside(place, destination);
    const root = new Rooted(takenOff(place));
    return {
      root,
      async close() {
        root.close();
        clear(place);
      },
    };
  } catch (error) {
    clear(place);
    throw error;
  }
}

function clear(place: string): void {
  unmountAll(place);
  if (existsSync(place)) rmdirSync(place);
}

/** A descriptor of the tree, with everything that is mounted in it. */
function takenOff(place: string): number {
  if (!features().newMountApi) return openSync(place, TREE);
  const fd = native.openTree(AT_FDCWD, place, OPEN_TREE_CLONE | AT_RECURSIVE | O_CLOEXEC);
  clear(place);
  return fd;
}

/** As the runtime does it for a container that runs: the place is looked up inside, and made if it is missing. */
function bindInside(place: string, { destination, source, options = [] }: Mount): void {
  using tree = openRoot(place);
  const isFolder = statSync(source!).isDirectory();
  // Who has written its image may have put a link there, to what is not there.
  const real = realPath(tree, destination);
  closeSync(isFolder ? tree.mkdirs(real) : fileAt(tree, real));
  const at = (body: (path: string) => void): void => tree.with(real, (fd) => body(`/proc/self/fd/${fd}`));
  at((path) => native.mount(source!, path, null, MS_BIND | MS_REC, null));
  at((path) => native.mount(null, path, null, MS_PRIVATE | MS_REC, null));
  if (options.includes('ro')) at((path) => native.mount(null, path, null, MS_REMOUNT | MS_BIND | MS_RDONLY, null));
  if (options.includes('rro'))
    tree.with(real, (fd) =>
      native.mountSetattr({ fd, path: '', flags: AT_EMPTY_PATH | AT_RECURSIVE, set: MOUNT_ATTR_RDONLY }),
    );
}

/**
 * A folder is bound over itself: what is mounted on cannot be replaced. Where something is mounted in the container, but not
 * here, a file in its place would take that away from it (mounts on what is removed go with it, since Linux 3.18).
 */
function holdInside(place: string, destination: string): void {
  using tree = openRoot(place);
  try {
    tree.with(realPath(tree, destination), (fd) => {
      const path = `/proc/self/fd/${fd}`;
      native.mount(path, path, null, MS_BIND | MS_REC, null);
    });
  } catch (error) {
    // What runs in there may have moved the folder away since it was mounted on.
    if (!isSyscallError(error, ENOENT, ENOTDIR, ELOOP)) throw error;
  }
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
    container.aloneIfThere(() => new Promise<void>((letGo) => resolve(letGo))).catch(reject);
  });
}
