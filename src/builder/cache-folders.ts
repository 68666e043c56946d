/**
 * The folders of RUN --mount=type=cache, and who is at work in them.
 *
 * One id has one folder, and more only where programs that want it for themselves run at the same time:
 *
 *     shared     all of them in the same folder
 *     private    in one that nobody is in: another one is made where there is none, and found again later
 *     locked     in the first one, one after the other
 *
 * Who is in them is known here and nowhere on the disk: there is one engine, and with it end the programs of its builds.
 */
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { digestOf, hexOf } from '../content/digest.ts';
import { makeFolders } from '../linux/make-folders.ts';
import { openRoot } from '../linux/rooted.ts';
import type { Build } from './builder.ts';
import type { RunMount } from './dockerfile/index.ts';

/** Found again by the next build; `builder prune` takes them away. */
export const cachesIn = (root: string): string => join(root, 'builder/caches');

interface Use {
  readonly isShared: boolean;
  users: number;
  readonly left: Promise<void>;
  readonly leave: () => void;
}

const inUse = new Map<string, Use>();

/**
 * Runs the body with the folders of the mounts that are caches, of which it has what `sharing` promises. A cache that is
 * mounted twice is one folder.
 */
export async function withCacheFolders<T>(
  build: Build,
  mounts: readonly RunMount[],
  body: (folderOf: (mount: RunMount) => string) => Promise<T>,
): Promise<T> {
  const wanted = new Map<string, RunMount>();
  for (const mount of mounts)
    if (mount.type === 'cache' && !wanted.has(nameOf(mount))) wanted.set(nameOf(mount), mount);
  const entered = new Map<string, string>();
  try {
    // Everybody takes them in the same order: so nobody waits in a circle.
    for (const name of [...wanted.keys()].sort()) entered.set(name, await enter(build, wanted.get(name)!));
    return await body((mount) => entered.get(nameOf(mount))!);
  } finally {
    for (const folder of entered.values()) leave(folder);
  }
}

const nameOf = ({ id, target = '' }: RunMount): string => hexOf(digestOf(id ?? target)).slice(0, 32);

async function enter({ store, signal }: Build, mount: RunMount): Promise<string> {
  const { sharing = 'shared' } = mount;
  for (let number = 0; ;) {
    const name = number === 0 ? nameOf(mount) : `${nameOf(mount)}-${number}`;
    const folder = join(cachesIn(store.root), name);
    const use = inUse.get(folder);
    if (use === undefined) {
      make(store.root, name, mount);
      inUse.set(folder, newUse(sharing === 'shared'));
      return folder;
    }
    if (sharing === 'shared' && use.isShared) {
      use.users++;
      return folder;
    }
    if (sharing === 'locked') await Promise.race([use.left, aborted(signal)]);
    else number++;
    signal.throwIfAborted();
  }
}

function leave(folder: string): void {
  const use = inUse.get(folder)!;
  if (--use.users > 0) return;
  inUse.delete(folder);
  use.leave();
}

function newUse(isShared: boolean): Use {
  let leave = (): void => undefined;
  const left = new Promise<void>((resolve) => (leave = resolve));
  return { isShared, users: 1, left, leave };
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}

/** Mode and owner are those of the first mount that names it. */
function make(root: string, name: string, { mode = 0o755, uid = 0, gid = 0 }: RunMount): void {
  makeFolders(cachesIn(root), 0o700);
  if (existsSync(join(cachesIn(root), name))) return;
  mkdirSync(join(cachesIn(root), name), { mode: 0o755 });
  using caches = openRoot(cachesIn(root));
  caches.chmod(name, mode);
  caches.lchown(name, uid, gid);
}

/** Those that are there, and whether somebody is in them. */
export function cacheFolders(root: string): { readonly folder: string; readonly isUsed: boolean }[] {
  const home = cachesIn(root);
  const names = existsSync(home) ? readdirSync(home) : [];
  return names.map((name) => ({ folder: join(home, name), isUsed: inUse.has(join(home, name)) }));
}

/** Takes one away that nobody is in. */
export function removeCacheFolder(folder: string): void {
  if (!inUse.has(folder)) rmSync(folder, { recursive: true, force: true });
}
