/**
 * Layers that come in before anything says that they are layers: the archive of `load` may come through a pipe, and
 * manifest.json is at its end. A large file that looks like an archive is unpacked on its way, into a snapshot that nothing
 * leads to. An image that turns out to have it takes it; what no image takes is removed.
 */
import { randomBytes } from 'node:crypto';
import type { Ingest } from '../content/content.ts';
import type { Digest } from '../content/digest.ts';
import { nameOfCompression, unpack, type Growing, type Unpacked } from '../layers/index.ts';
import type { Store } from './images.ts';
import { along, Growth, LARGE } from './growth.ts';
import { removeIfThere, workKey, type Made } from './unpack.ts';

/**
 * Bytes of archives that are gone along with while nobody has taken what was made of them. An archive may be full of what is
 * no layer of this machine's, and its trees lie on the disk until the end.
 */
const MOST_UNTAKEN = 1024 * 1024 * 1024;

/** Told of the file while it comes. */
export interface Companion {
  grows(size: number): void;
  ends(digest: Digest, size: number): void;
  fail(error: unknown): void;
}

interface Work {
  readonly key: string;
  /** undefined: somebody has to unpack it when all of it is here, and be told what is wrong with it. */
  readonly done: Promise<Unpacked | undefined>;
}

export class Early {
  private readonly all: Work[] = [];
  private readonly byBlob = new Map<Digest, Work>();
  private untaken = 0;

  constructor(private readonly store: Store) {}

  /** `start` are its first bytes. Undefined when it is no archive, too small, or others are gone along with. */
  begin(ingest: Pick<Ingest, 'open'>, start: Buffer, size: number): Companion | undefined {
    if (!this.store.snapshots.stacking || size < LARGE || !looksLikeArchive(start)) return undefined;
    if (this.untaken + size > MOST_UNTAKEN) return undefined;
    this.untaken += size;
    const growth = new Growth(0);
    const key = workKey('unpack', randomBytes(6).toString('hex'));
    const coming = { open: () => ingest.open(), upTo: () => growth };
    const done = along(coming, (source) => this.fill(key, source)).catch(() => undefined);
    const work = { key, done };
    this.all.push(work);
    return {
      grows: (there) => growth.grows(there),
      ends: (digest, there) => {
        growth.ends(there);
        this.byBlob.set(digest, work);
      },
      fail: (error) => growth.cut(error),
    };
  }

  /** What was made of a blob; to be asked for once. */
  async take(blob: Digest): Promise<Made | undefined> {
    const work = this.byBlob.get(blob);
    const unpacked = await work?.done;
    if (!work || !unpacked) return undefined;
    this.byBlob.delete(blob);
    this.all.splice(this.all.indexOf(work), 1);
    return { key: work.key, unpacked };
  }

  /** Removes what nobody has taken. */
  async close(): Promise<void> {
    for (const { key, done } of this.all) {
      await done;
      await removeIfThere(this.store.snapshots, key);
    }
  }

  private async fill(key: string, source: Growing): Promise<Unpacked> {
    const { snapshots } = this.store;
    await snapshots.prepare(key);
    return snapshots.withTarget(key, (target) => unpack(source, target));
  }
}

/** Compressed, or with the mark that every tar but the oldest writes: POSIX ustar, header block. */
function looksLikeArchive(start: Buffer): boolean {
  return nameOfCompression(start) !== 'none' || start.toString('latin1', 257, 262) === 'ustar';
}
