/**
 * The blobs that are whole: blobs/sha256/<64 hex>. Files are named by their digest, so nothing is ever overwritten with
 * something else, and a reader needs no lock.
 */
import { createReadStream, type ReadStream } from 'node:fs';
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { DrydockError } from '../errors.ts';
import type { BlobFacts, Broken } from './content.ts';
import { Hasher, hexOf, isDigest, type Digest } from './digest.ts';
import { told } from '../linux/calls.ts';

/** Pieces in which blobs are read: large enough that the calls do not count, small enough for many at a time. */
export const pieceSize = 256 * 1024;

export class Blobs {
  constructor(readonly folder: string) {}

  at(digest: Digest): string {
    return join(this.folder, hexOf(digest));
  }

  async stat(digest: Digest): Promise<BlobFacts | undefined> {
    try {
      const { size, mtime } = await stat(this.at(digest));
      return { digest, size, modified: mtime };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  }

  /** Throws CONTENT_MISSING. */
  async expect(digest: Digest): Promise<BlobFacts> {
    const facts = await this.stat(digest);
    if (facts) return facts;
    throw new DrydockError('CONTENT_MISSING', `the blob ${digest} is not in the store`, {
      hint: 'pull the image that it belongs to again: what is here already is not fetched twice',
    });
  }

  async read(digest: Digest, limit: number): Promise<Buffer> {
    const { size } = await this.expect(digest);
    if (size > limit)
      throw new DrydockError('CONTENT_TOO_LARGE', `the blob ${digest} has ${size} bytes; at most ${limit} are read`, {
        hint: 'manifests and configs of ordinary images are a thousand times smaller',
      });
    const hasher = new Hasher();
    const pieces: Buffer[] = [];
    for await (const piece of this.pieces(digest)) {
      hasher.update(piece);
      pieces.push(piece);
    }
    const found = hasher.digest();
    if (found !== digest) throw broken(digest, found);
    return Buffer.concat(pieces);
  }

  async stream(digest: Digest, offset = 0): Promise<ReadStream> {
    await this.expect(digest);
    return this.pieces(digest, offset);
  }

  private pieces(digest: Digest, start = 0): ReadStream {
    return createReadStream(this.at(digest), { start, highWaterMark: pieceSize });
  }

  async list(): Promise<BlobFacts[]> {
    const digests = (await readdir(this.folder)).map((name) => `sha256:${name}`).filter((name) => isDigest(name));
    const facts = await Promise.all(digests.sort().map((digest) => this.stat(digest)));
    return facts.filter((fact) => fact !== undefined);
  }

  async delete(digest: Digest): Promise<void> {
    await told(() => rm(this.at(digest), { force: true }), this.at(digest));
  }

  async *verify(): AsyncGenerator<Broken> {
    for (const { digest, size } of await this.list()) {
      const hasher = new Hasher();
      for await (const piece of this.pieces(digest)) hasher.update(piece as Buffer);
      const found = hasher.digest();
      if (found !== digest) yield { digest, found, size };
    }
  }
}

function broken(digest: Digest, found: Digest): DrydockError {
  return new DrydockError('CONTENT_BROKEN', `the blob ${digest} has changed on the disk: its bytes are ${found}`, {
    hint: 'delete it and pull the image again; then look at the disk',
  });
}
