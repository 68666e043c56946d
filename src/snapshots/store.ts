/**
 * The life of a snapshot, as snapshotter.ts draws it, for every driver: who may do what, at which moment it is done, and
 * what becomes of it when somebody is killed.
 *
 *     prepare   lock │ mkdir .new-…, hold it, claim, record │ unlock, make (long) │ lock, rename to the key, unlock
 *     commit    lock │ record with the name, seal, rename to the name │ unlock
 *     remove    lock │ rename to .gone-…, hold it │ unlock, destroy (long)
 *
 * What takes long is done aside (aside.ts); the store's own lock is held for moments only. What is being made counts as a
 * child of its parent, so a parent cannot go meanwhile; what somebody who is dead has left half made does not, so that what
 * a crash has left can go without a cleanup. A remove writes nothing, so that it works on a full disk, too.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DrydockError } from '../errors.ts';
import { told } from '../linux/calls.ts';
import type { Lock } from '../linux/lock.ts';
import { makeFolders } from '../linux/make-folders.ts';
import {
  goneName,
  holdAside,
  holdRubbish,
  isGone,
  isKept,
  locked,
  makeAside,
  MERGED,
  newName,
  removeAside,
  withAside,
  type Rubbish,
} from './aside.ts';
import { changesOf, type Change } from './changes.ts';
import type { Chain, Driver, Json } from './driver.ts';
import { withMounted, type Mount } from './mount.ts';
import {
  chainFrom,
  checkName,
  listPlaces,
  moveFolder,
  readPlace,
  writeRecord,
  type Place,
  type Record,
} from './record.ts';
import type { Difference, Info, Kind, Snapshotter, Target, Usage } from './snapshotter.ts';

/** A snapshotter of this driver, in `<snapshots>/<driver>`. Throws DRIVER_UNSUPPORTED. */
export async function openStore(driver: Driver, snapshots: string): Promise<Snapshotter> {
  const root = join(snapshots, driver.name);
  // What is in an image may be setuid and have known holes: no other user gets there (CVE-2021-41091).
  const isNew = !existsSync(root);
  makeFolders(root, 0o700);
  try {
    await driver.open(root);
  } catch (error) {
    if (isNew) removeAside(root);
    throw error;
  }
  return new Store(driver, root);
}

class Store implements Snapshotter {
  readonly driver;
  readonly stacking;

  constructor(
    private readonly the: Driver,
    private readonly root: string,
  ) {
    this.driver = the.name;
    this.stacking = the.stacking;
  }

  prepare(key: string, parent?: string): Promise<Mount[]> {
    return told(() => this.begin('active', key, parent), this.root);
  }

  view(key: string, parent?: string): Promise<Mount[]> {
    return told(() => this.begin('view', key, parent), this.root);
  }

  private async begin(kind: 'active' | 'view', key: string, parent: string | undefined): Promise<Mount[]> {
    checkName(key);
    const name = newName();
    const folder = join(this.root, name);
    const { held, record, chain } = await locked(this.root, async () => {
      this.refuseTaken(key);
      const below = parent === undefined ? [] : this.chainFrom(parent);
      const reserved = await this.reserve(folder, { name: key, kind, parent, created: new Date().toISOString() });
      return { ...reserved, chain: below };
    });
    try {
      await this.the.make({ folder, record }, chain);
      await locked(this.root, () => {
        this.refuseTaken(key);
        moveFolder(this.root, name, key);
      });
    } catch (error) {
      await this.discard({ folder, record });
      throw error;
    } finally {
      held.release();
    }
    return this.the.mounts({ folder: join(this.root, key), record }, chain);
  }

  /** A folder aside that is ours, with a record of all that will be taken. */
  private async reserve(folder: string, info: Info): Promise<{ held: Lock; record: Record }> {
    const held = makeAside(folder);
    let record: Record = info;
    try {
      record = { ...info, claim: this.the.claim?.(info.name, this.claims()) };
      writeRecord(folder, record);
      return { held, record };
    } catch (error) {
      if (record.claim !== undefined) await this.the.destroy({ folder, record });
      removeAside(folder);
      held.release();
      throw error;
    }
  }

  async commit(name: string, key: string, parent?: string): Promise<void> {
    checkName(name);
    await this.changing(async () => {
      const at = this.find(key);
      // Somebody was killed in `finish`.
      if (at.record.kind === 'committed' && at.record.name === name) return this.finish(at, key);
      if (at.record.kind !== 'active') throw wrongKind(key, at.record.kind, 'only an active one can be committed');
      this.refuseTaken(name);
      const below = parent === undefined ? undefined : this.firstParent(at, parent);
      if (below) await this.the.adopt?.(at, below);
      const committed = new Date().toISOString();
      const record: Record = { ...at.record, name, kind: 'committed', parent: parent ?? at.record.parent, committed };
      writeRecord(at.folder, record);
      await this.finish({ ...at, record }, key);
    });
  }

  /** What must happen once the record says that it is committed; again after a crash. */
  private async finish(at: Place, key: string): Promise<void> {
    await this.the.seal?.(at);
    if (key !== at.record.name) moveFolder(this.root, key, at.record.name);
  }

  async mounts(key: string): Promise<Mount[]> {
    const at = this.find(key);
    if (at.record.kind === 'committed')
      throw wrongKind(key, 'committed', 'it is mounted by a view of it, or by something that is prepared from it');
    return this.the.mounts(at, this.chainOf(at));
  }

  async remove(key: string): Promise<void> {
    const { at, held } = await this.changing(() => {
      const { record } = this.find(key);
      const child = listPlaces(this.root, { aside: true }).find(
        (at) => at.record.parent === record.name && isKept(at.folder),
      );
      if (child)
        throw new DrydockError('SNAPSHOT_IN_USE', `the snapshot '${key}' is the parent of '${child.record.name}'`);
      const name = goneName();
      const folder = join(this.root, name);
      moveFolder(this.root, key, name);
      const lock = holdAside(folder);
      return { at: { folder, record }, held: lock };
    });
    try {
      await this.discard(at);
    } finally {
      held.release();
    }
  }

  async stat(key: string): Promise<Info> {
    return infoOf(this.find(key));
  }

  async usage(key: string): Promise<Usage> {
    const at = this.find(key);
    return this.the.usage(at, this.chainOf(at));
  }

  async walk(): Promise<Info[]> {
    return listPlaces(this.root).map(infoOf);
  }

  async withTarget<T>(key: string, body: (target: Target) => Promise<T> | T): Promise<T> {
    const at = this.find(key);
    if (at.record.kind !== 'active') throw wrongKind(key, at.record.kind, 'a layer is unpacked into an active one');
    return this.the.withTarget(at, body);
  }

  async withDifference<T>(key: string, body: (difference: Difference) => Promise<T> | T): Promise<T> {
    const at = this.find(key);
    return this.the.withDifference(at, this.chainOf(at), body);
  }

  async changes(key: string): Promise<Change[]> {
    const at = this.find(key);
    const chain = this.chainOf(at);
    return this.the.withDifference(at, chain, async (difference) => {
      if (difference.lower !== undefined || chain.length === 0) return changesOf(difference);
      return this.withWhole(at, chain, (lower) => changesOf({ ...difference, lower }));
    });
  }

  /** Runs `body` with the whole tree that a chain shows. */
  private async withWhole<T>(at: Place, chain: Chain, body: (folder: string) => T): Promise<T> {
    const mounts = await this.the.mounts({ ...at, record: { ...at.record, kind: 'view' } }, chain);
    return withAside(this.root, (folder) => withMounted(mounts, join(folder, MERGED), body));
  }

  async cleanup(): Promise<string[]> {
    const { rubbish, done } = await this.changing(async () => {
      const finished: string[] = [];
      for (const at of listPlaces(this.root)) finished.push(...(await this.finishCommit(at)));
      const byDriver = (await this.the.cleanup?.(this.claims())) ?? [];
      return { rubbish: holdRubbish(this.root), done: [...finished, ...byDriver] };
    });
    return [...(await told(() => Promise.all(rubbish.map((one) => this.takeAway(one))))), ...done];
  }

  async close(): Promise<void> {
    await this.the.close?.();
  }

  /** May take long, so the store's lock is not held any more. */
  private async takeAway({ name, held }: Rubbish): Promise<string> {
    try {
      const at = readPlace(this.root, name);
      if (at) await this.discard(at);
      else removeAside(join(this.root, name));
      const what = at ? `the snapshot '${at.record.name}'` : 'a folder';
      return `removed ${what}, which was half ${isGone(name) ? 'removed' : 'made'}`;
    } finally {
      held.release();
    }
  }

  private async finishCommit(at: Place): Promise<string[]> {
    const key = at.folder.slice(this.root.length + 1);
    const { name } = at.record;
    if (key === name) return [];
    await this.finish(at, key);
    return [`finished the commit of '${key}' as '${name}'`];
  }

  /** With the store's lock, for a moment. */
  private changing<T>(body: () => Promise<T> | T): Promise<T> {
    return told(() => locked(this.root, body), this.root);
  }

  private async discard(at: Place): Promise<void> {
    await this.the.destroy(at);
    removeAside(at.folder);
  }

  private claims(): Json[] {
    return listPlaces(this.root, { aside: true }).flatMap(({ record: { claim } }) => claim ?? []);
  }

  private find(key: string): Place {
    checkName(key);
    const at = readPlace(this.root, key);
    if (!at) throw new DrydockError('SNAPSHOT_MISSING', `there is no snapshot '${key}'`);
    return at;
  }

  private chainFrom(name: string): Place[] {
    return chainFrom(name, (next) => this.find(next));
  }

  private chainOf({ record: { parent } }: Place): Place[] {
    return parent === undefined ? [] : this.chainFrom(parent);
  }

  private refuseTaken(name: string): void {
    if (readPlace(this.root, name)) throw new DrydockError('SNAPSHOT_EXISTS', `a snapshot '${name}' exists`);
  }

  /** A parent that is named at the commit. */
  private firstParent({ record }: Place, parent: string): Place {
    if (!this.stacking)
      throw wrongKind(record.name, record.kind, `the driver '${this.driver}' must know its parent when it is prepared`);
    if (record.parent !== undefined) throw wrongKind(record.name, record.kind, `it has a parent, '${record.parent}'`);
    return this.chainFrom(parent)[0]!;
  }
}

const wrongKind = (name: string, kind: Kind, why: string): DrydockError =>
  new DrydockError('SNAPSHOT_IN_USE', `the snapshot '${name}' is ${kind}: ${why}`);

function infoOf({ record: { claim: _claim, ...info } }: Place): Info {
  return info;
}
