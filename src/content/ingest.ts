/**
 * Blobs that are coming in: one file of ingest/ for each key, held by a lock while somebody writes it.
 *
 *     coming ──write──▶ coming ──commit──▶ hashed, fsynced, renamed into blobs/, held by the lease
 *        ╰──── close, or a crash ──▶ a part, which the next ingest of this key hashes again and continues
 *        ╰──── abort, or wrong bytes ──▶ nothing
 *
 * Without a key (bytes that nobody knows the digest of yet, or that are at hand) what a crash leaves goes with the next
 * collection.
 *
 * Two who bring the same blob at the same time: the second waits for the lock. When it gets it, the first has committed
 * (then there is nothing left to do) or was cut off (then the second goes on where it stopped).
 *
 * After a power cut a part may have holes in it where bytes never reached the disk. Then the digest is wrong at the
 * end, the part goes, and the next ingest begins anew: only what is in blobs/ has been fsynced.
 */
import { createHash, randomBytes } from 'node:crypto';
import { chmod, open, readdir, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { DrydockError } from '../errors.ts';
import { pieceSize, type Blobs } from './blobs.ts';
import type { Ingest, IngestRequest } from './content.ts';
import type { Descriptor } from './descriptor.ts';
import { Hasher, type Digest } from './digest.ts';
import { told } from '../linux/calls.ts';
import { syncFolder } from './durable.ts';
import { HeldLease } from './leases.ts';
import { lock, tryLock } from './lock.ts';

/** How the parts are called that nobody continues. */
const ONCE = 'once-';

const nameOf = (key: string | undefined): string =>
  key === undefined
    ? `${ONCE}${randomBytes(16).toString('hex')}`
    : createHash('sha256').update(key).digest('hex').slice(0, 32);

export class Ingests {
  constructor(
    private readonly folder: string,
    private readonly blobs: Blobs,
  ) {}

  async ingest({ key, digest, size, lease, signal }: IngestRequest): Promise<Ingest | undefined> {
    if (!(lease instanceof HeldLease)) throw new TypeError('a lease comes from the store');
    if (digest && (await lease.holdIfHere(digest))) return undefined;
    const path = join(this.folder, nameOf(key));
    const part = await told(() => ownPart(path, signal), path);
    try {
      if (digest && (await lease.holdIfHere(digest))) {
        await rm(path, { force: true });
        await part.close();
        return undefined;
      }
      const { offset, hasher } = await known(part, size);
      return new Coming(path, part, offset, hasher, { digest, size }, this.blobs, lease);
    } catch (error) {
      await part.close();
      throw error;
    }
  }

  /** Removes parts that nobody writes, and that nobody has gone on with for so long, or can. */
  async collect(stale: number): Promise<{ ingests: number; freed: number }> {
    const gone = { ingests: 0, freed: 0 };
    for (const name of await readdir(this.folder)) {
      const path = join(this.folder, name);
      const part = await open(path, 'r+').catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'ENOENT') throw error; // committed or aborted meanwhile
      });
      if (!part) continue;
      try {
        const { mtimeMs, size } = await part.stat();
        const isYoung = !name.startsWith(ONCE) && Date.now() - mtimeMs < stale;
        if (isYoung || !tryLock(part.fd, 'alone') || !(await isAt(part, path))) continue;
        await rm(path);
        gone.ingests++;
        gone.freed += size;
      } finally {
        await part.close();
      }
    }
    return gone;
  }
}

/** The part of this key, locked. Who had it before us may have renamed or removed it: then there is a new one. */
async function ownPart(path: string, signal?: AbortSignal): Promise<FileHandle> {
  for (;;) {
    const part = await open(path, 'a+', 0o600);
    try {
      await lock(part, 'alone', signal);
      if (await isAt(part, path)) return part;
    } catch (error) {
      await part.close();
      throw error;
    }
    await part.close();
  }
}

async function isAt(part: FileHandle, path: string): Promise<boolean> {
  const held = await part.stat();
  const there = await stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
  });
  return held.ino === there?.ino && held.dev === there.dev;
}

/** What an earlier ingest has left. More than was promised cannot be the beginning of it. */
async function known(part: FileHandle, size?: number): Promise<{ offset: number; hasher: Hasher }> {
  const hasher = new Hasher();
  const { size: offset } = await part.stat();
  if (size !== undefined && offset > size) {
    await part.truncate(0);
    return { offset: 0, hasher };
  }
  const piece = Buffer.alloc(Math.min(pieceSize, offset));
  for (let at = 0; at < offset;) {
    const { bytesRead } = await part.read(piece, 0, piece.length, at);
    if (bytesRead === 0) break;
    hasher.update(piece.subarray(0, bytesRead));
    at += bytesRead;
  }
  return { offset, hasher };
}

class Coming implements Ingest {
  private ended = false;

  constructor(
    private readonly path: string,
    private readonly part: FileHandle,
    public offset: number,
    private readonly hasher: Hasher,
    private readonly promised: { digest?: Digest; size?: number },
    private readonly blobs: Blobs,
    private readonly lease: HeldLease,
  ) {}

  async write(chunk: Uint8Array): Promise<void> {
    const { digest, size } = this.promised;
    if (size !== undefined && this.offset + chunk.length > size) {
      await this.abort();
      throw mismatch(digest ?? 'the blob', `${size} bytes were promised, and more come`);
    }
    // The disk and the hash at the same time: one is another thread's work.
    const written = told(() => writeAll(this.part, chunk), this.path);
    this.hasher.update(chunk);
    await written;
    this.offset += chunk.length;
  }

  async commit({ digest = this.promised.digest, size = this.promised.size } = {}): Promise<Descriptor> {
    const found = this.hasher.digest();
    const wrongSize = size !== undefined && size !== this.offset;
    if (wrongSize || (digest && digest !== found)) {
      await this.abort();
      const what = wrongSize ? `${size} bytes were promised, and ${this.offset} came` : `what came is ${found}`;
      throw mismatch(digest ?? 'the blob', what);
    }
    await told(async () => {
      await this.part.sync();
      await chmod(this.path, 0o444);
      await this.lease.holdNew(found, async () => {
        await rename(this.path, this.blobs.at(found));
        await syncFolder(this.blobs.folder);
      });
    }, this.path);
    await this.close();
    return { mediaType: 'application/octet-stream', digest: found, size: this.offset };
  }

  open(): Promise<FileHandle> {
    return told(() => open(this.path, 'r'));
  }

  async abort(): Promise<void> {
    if (this.ended) return;
    await rm(this.path, { force: true });
    await this.close();
  }

  async close(): Promise<void> {
    if (this.ended) return;
    this.ended = true;
    await this.part.close();
  }
}

async function writeAll(part: FileHandle, chunk: Uint8Array): Promise<void> {
  for (let done = 0; done < chunk.length;) done += (await part.write(chunk, done)).bytesWritten;
}

function mismatch(what: string, found: string): DrydockError {
  return new DrydockError('DIGEST_MISMATCH', `${what}: ${found}`, {
    hint: 'nothing of it was kept. If it happens again, the other side is broken, or somebody changes bytes on the way',
  });
}
