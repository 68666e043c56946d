/**
 * Leases: what is in use though nothing leads to it yet. A pull holds its blobs until the image is in the books.
 *
 * A lease is a file that a person can read, with an end in time: whoever dies cannot release. Until then it holds on, so
 * that a second try finds what the first one fetched. Names are for people: two leases of one name know nothing of each
 * other, or the one that is released first would take the other's blobs with it.
 *
 * Invariant: blobs are added while the store's lock is shared, and garbage goes while it is held alone; so a blob
 * that `hold` has found is either in the file before the collector reads it, or was gone before.
 */
import { randomBytes } from 'node:crypto';
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { DrydockError } from '../errors.ts';
import type { Blobs } from './blobs.ts';
import type { Lease } from './content.ts';
import { isDigest, type Digest } from './digest.ts';
import { told } from '../linux/calls.ts';
import { writeDurably } from './durable.ts';
import { withLock } from './lock.ts';

interface Saved {
  expires: string;
  blobs: Digest[];
}

const suffix = '.json';
const grammar = /^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,99}$/;

export class Leases {
  constructor(
    private readonly folder: string,
    private readonly lock: string,
    private readonly blobs: Blobs,
  ) {}

  async lease(name: string, ttl: number): Promise<HeldLease> {
    if (!grammar.test(name))
      throw new DrydockError('ID_INVALID', `${JSON.stringify(name.slice(0, 200))} is no name for a lease`, {
        hint: 'letters, digits, dots, dashes and underscores, at most 100, and a letter or digit first',
      });
    const path = join(this.folder, `${name}.${randomBytes(6).toString('hex')}${suffix}`);
    const lease = new HeldLease(name, ttl, path, this.lock, this.blobs);
    await lease.renew();
    return lease;
  }

  /** Everything that is held. Leases whose time is over go. For the collector, which is alone. */
  async held(): Promise<Digest[]> {
    const held: Digest[] = [];
    for (const file of await readdir(this.folder)) {
      const path = join(this.folder, file);
      const saved = file.endsWith(suffix) ? await readLease(path) : undefined;
      if (saved && Date.parse(saved.expires) > Date.now()) held.push(...saved.blobs);
      else await rm(path, { force: true });
    }
    return held;
  }
}

/** A lease that cannot be read holds who knows what: better no garbage goes. */
async function readLease(path: string): Promise<Saved> {
  const text = await readFile(path, 'utf8');
  try {
    const { expires, blobs } = JSON.parse(text) as Saved;
    if (Number.isFinite(Date.parse(expires)) && blobs.every(isDigest)) return { expires, blobs };
  } catch {
    // Said below, in words of ours.
  }
  throw new DrydockError('STATE_BROKEN', `the lease ${path} cannot be read`, {
    hint: 'if nothing is being pulled or loaded now, remove the file',
  });
}

export class HeldLease implements Lease {
  private readonly held = new Set<Digest>();
  /** One change at a time, or a slower one would write what it knew before. */
  private last: Promise<unknown> = Promise.resolve();

  constructor(
    readonly name: string,
    private readonly ttl: number,
    private readonly path: string,
    private readonly lock: string,
    private readonly blobs: Blobs,
  ) {}

  async hold(...digests: Digest[]): Promise<void> {
    await this.taking(async () => {
      for (const digest of digests) await this.blobs.expect(digest);
      await this.write(digests);
    });
  }

  /** False: the blob is not here. */
  async holdIfHere(digest: Digest): Promise<boolean> {
    return await this.taking(async () => {
      const here = (await this.blobs.stat(digest)) !== undefined;
      if (here) await this.write([digest]);
      return here;
    });
  }

  /** Holds a blob that `appear` brings into the store. */
  async holdNew(digest: Digest, appear: () => Promise<void>): Promise<void> {
    await this.taking(async () => {
      await this.write([digest]);
      await appear();
    });
  }

  async renew(): Promise<void> {
    await this.taking(() => this.write([]));
  }

  async release(): Promise<void> {
    await this.inTurn(() => told(() => rm(this.path, { force: true }), this.path));
    this.held.clear();
  }

  /** Runs `body` while no garbage goes. */
  private taking<T>(body: () => Promise<T>): Promise<T> {
    return this.inTurn(() => withLock(this.lock, 'shared', body));
  }

  private async inTurn<T>(body: () => Promise<T>): Promise<T> {
    const turn = this.last.then(body);
    this.last = turn.catch(() => undefined); // whoever asked for it hears of it
    return await turn;
  }

  private async write(more: Digest[]): Promise<void> {
    for (const digest of more) this.held.add(digest);
    const saved: Saved = { expires: new Date(Date.now() + this.ttl).toISOString(), blobs: [...this.held].sort() };
    await writeDurably(this.path, `${JSON.stringify(saved, null, 2)}\n`);
  }
}
