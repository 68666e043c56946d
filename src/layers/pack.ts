/**
 * pack: what a layer has, as an archive. The same trees give the same bytes: each folder's names are sorted by their
 * bytes, and nothing of the machine or of the hour goes in.
 *
 *     overlay   everything in the upper directory; its devices 0:0 become .wh.NAME, its opaque ones .wh..wh..opq
 *     aufs      everything in the branch but aufs' own books
 *     remove    what differs from `lower`; what only that has becomes .wh.NAME
 *     none      everything, as it is
 *
 * A folder stands before what is in it, also if only that has changed: where a layer is a folder of its own, a missing one
 * would be made up. Names of one file are links to the first of them. Sockets are left out; no archive has them. Two files
 * are told apart by size, time, mode, owner and attributes, never by reading both: as Docker does. OCI image
 * spec, layer.md.
 */
import { Readable } from 'node:stream';
import { DrydockError } from '../errors.ts';
import { isSyscallError } from '../linux/calls.ts';
import { ENOENT } from '../linux/errno.ts';
import { openRoot, type Rooted } from '../linux/rooted.ts';
import { isMark, meaningOf, OPAQUE, whiteoutOf } from '../snapshots/whiteouts.ts';
import { writeTar, type WrittenEntry } from './tar/write.ts';
import { isSame, see, withData, type Seen } from './tree.ts';
import type { PackRequest } from './types.ts';

const top = Buffer.from('.');
const slash = Buffer.from('/');

/** An archive that is not compressed. What fails is an error of the stream. */
export function pack(request: PackRequest): Readable {
  return Readable.from(writeTar(entriesOf(request)), { objectMode: false, highWaterMark: 1024 * 1024 });
}

/** The same, entry by entry: for whoever gives them other names. */
export async function* entriesOf(request: PackRequest): AsyncGenerator<WrittenEntry> {
  using upper = openRoot(request.upper);
  using lower = request.lower === undefined ? undefined : openRoot(request.lower);
  yield* new Packer(upper, lower, request).folder(top, []);
}

class Packer {
  /** Names of files that have several, by device and inode. */
  private readonly first = new Map<string, Buffer>();
  private readonly namespace: 'trusted' | 'user';

  constructor(
    private readonly upper: Rooted,
    private readonly lower: Rooted | undefined,
    private readonly request: PackRequest,
  ) {
    this.namespace = request.userxattr ? 'user' : 'trusted';
  }

  /** The folder and all below it. `above` are folders that have not been told yet, because nothing in them differs so far. */
  async *folder(path: Buffer, above: Seen[]): AsyncGenerator<WrittenEntry> {
    const seen = this.see(this.upper, path);
    if (!seen) return;
    const below = this.lower && this.see(this.lower, path);
    above.push(seen);
    if (!below || !isSame(seen, below)) yield* told(above);
    if (this.isOpaque(seen)) yield whiteout(path, OPAQUE, seen);
    for (const name of this.names(path, below)) {
      const child = path === top ? name : Buffer.concat([path, slash, name]);
      yield* this.child(child, path, name, above);
    }
    // Told or not: it is over.
    if (above.at(-1) === seen) above.pop();
  }

  private async *child(path: Buffer, folder: Buffer, name: Buffer, above: Seen[]): AsyncGenerator<WrittenEntry> {
    const { whiteouts } = this.request;
    if (whiteouts === 'aufs' && meaningOf(name).is === 'aufs-own') return;
    const seen = this.see(this.upper, path);
    const below = this.lower && this.see(this.lower, path);
    if (!seen && below) {
      yield* told(above);
      yield whiteout(folder, whiteoutOf(name), below);
    }
    if (!seen) return;
    if (seen.entry.type === 'directory') return yield* this.folder(path, above);
    if (below && isSame(seen, below)) return;
    yield* told(above);
    if (whiteouts === 'overlay' && seen.entry.type === 'character' && seen.facts.rdev === 0n)
      return yield whiteout(folder, whiteoutOf(name), seen);
    if (whiteouts !== 'aufs' && whiteouts !== 'none' && isMark(name)) throw ambiguous(path);
    yield this.linked(seen) ?? withData(this.upper, seen, this.request.sparse);
  }

  private see(root: Rooted, path: Buffer): Seen | undefined {
    try {
      return see(root, path, this.namespace);
    } catch (error) {
      if (path !== top && isSyscallError(error, ENOENT)) return undefined;
      throw error;
    }
  }

  /** Names in both, each once, in the order of their bytes. */
  private names(path: Buffer, below: Seen | undefined): Buffer[] {
    const names = this.upper.list(path);
    if (below?.entry.type === 'directory') {
      const known = new Set(names.map((name) => name.toString('latin1')));
      names.push(...this.lower!.list(path).filter((name) => !known.has(name.toString('latin1'))));
    }
    return names.sort(Buffer.compare);
  }

  private isOpaque({ path, overlay, entry }: Seen): boolean {
    if (this.request.whiteouts !== 'overlay' || entry.type !== 'directory') return false;
    for (const word of ['redirect', 'metacopy'])
      if (overlay.has(word))
        throw new DrydockError('UNSUPPORTED', `${path.toString()}: a layer cannot say overlay's ${word}`, {
          hint: `mount overlays with redirect_dir=off and metacopy=off, or compare the merged trees`,
        });
    return overlay.get('opaque')?.toString() === 'y';
  }

  /** A link to the name under which this file went into the archive before. */
  private linked({ facts, entry, path }: Seen): WrittenEntry | undefined {
    if (facts.links < 2) return undefined;
    const key = `${facts.device}:${facts.inode}`;
    const target = this.first.get(key);
    if (target) return { ...entry, type: 'link', target, size: 0, xattrs: undefined };
    this.first.set(key, path);
    return undefined;
  }
}

/** Folders that are still to be told, which are so afterwards. */
function* told(above: Seen[]): Generator<WrittenEntry> {
  for (const { entry } of above.splice(0)) yield entry;
}

/** An empty file of no rights; its owner and time are those of what says so, or of what is gone. */
function whiteout(folder: Buffer, name: Buffer, { entry: { mtime, uid, gid } }: Seen): WrittenEntry {
  const path = folder === top ? name : Buffer.concat([folder, slash, name]);
  return { type: 'file', path, mode: 0, uid, gid, size: 0, mtime };
}

function ambiguous(path: Buffer): DrydockError {
  return new DrydockError(
    'ARCHIVE_INVALID',
    `${JSON.stringify(path.toString())}: a layer cannot have files of such names`,
    {
      hint: 'names that begin with .wh. say that something is gone; rename the file',
    },
  );
}
