/**
 * A state as a tree of files: what COPY --from takes from, and what WORKDIR, USER and COPY look into.
 *
 * It is mounted read-only for as long as somebody looks. The image comes from strangers: every path is resolved inside
 * (src/linux/rooted.ts).
 */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { isSyscallError } from '../linux/calls.ts';
import { ENOENT, ENOTDIR } from '../linux/errno.ts';
import { openRoot, type Rooted } from '../linux/rooted.ts';
import { see, withData, type Seen } from '../layers/tree.ts';
import { ensureUnpacked, workKey } from '../images/unpack.ts';
import type { Store } from '../images/images.ts';
import { withMounted } from '../snapshots/mount.ts';
import type { State } from './builder.ts';
import { nameOf, tarsum, type Files, type Found } from './files.ts';

export class Tree implements Files {
  private readonly digests = new Map<string, string>();

  constructor(
    readonly what: string,
    private readonly root: Rooted,
    /** Where it is mounted, for whoever reads files of it that it knows by name (`/etc/passwd`). */
    readonly folder: string,
  ) {}

  lstat(path: string): Found | undefined {
    const seen = this.see(path);
    if (!seen) return undefined;
    const { facts, entry } = seen;
    const isAlone = entry.type === 'directory' || facts.links < 2;
    return { entry, identity: isAlone ? path : `${facts.device}:${facts.inode}` };
  }

  names(path: string): readonly string[] {
    return this.root
      .list(nameOf(path))
      .map((name) => name.toString('latin1'))
      .sort();
  }

  data(path: string): AsyncIterable<Uint8Array> | Uint8Array {
    return withData(this.root, this.see(path)!).data ?? new Uint8Array();
  }

  async digest(path: string): Promise<string> {
    const known = this.digests.get(path);
    if (known) return known;
    const { entry } = this.see(path)!;
    const hash = tarsum(entry, path, true);
    if (entry.type === 'file')
      for await (const piece of this.data(path) as AsyncIterable<Uint8Array>) hash.update(piece);
    const digest = hash.digest('hex');
    this.digests.set(path, digest);
    return digest;
  }

  private see(path: string): Seen | undefined {
    try {
      return see(this.root, path === '/' ? Buffer.from('.') : nameOf(path), 'trusted');
    } catch (error) {
      if (isSyscallError(error, ENOENT, ENOTDIR)) return undefined;
      throw error;
    }
  }
}

/**
 * Runs `body` with the files of a state; one without layers has an empty tree. A tree that a program may write to is a
 * snapshot on top of it, and goes with it.
 */
export async function withTree<T>(
  store: Store,
  state: State,
  { what, folder, isWritable = false }: { what: string; folder: string; isWritable?: boolean },
  body: (tree: Tree) => Promise<T> | T,
): Promise<T> {
  const { snapshots } = store;
  const key = workKey('look', randomBytes(6).toString('hex'));
  await ensureUnpacked(store, state);
  const parent = state.layers.at(-1)?.chainId;
  const mounts = await (isWritable ? snapshots.prepare(key, parent) : snapshots.view(key, parent));
  try {
    return await withMounted(mounts, join(folder, key), async (place) => {
      using root = openRoot(place);
      return await body(new Tree(what, root, place));
    });
  } finally {
    await snapshots.remove(key);
  }
}
