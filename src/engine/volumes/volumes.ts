/**
 * Volumes: folders that outlive the containers that write into them.
 *
 * A **named** volume was given a name by somebody and stays until somebody removes it. An **anonymous** one was made because
 * an image or `-v /place` wanted a volume there; its name is 64 digits, and `rm -v` and `--rm` take it along. A **bind**
 * shows a folder of the host's, which is nobody's to make or remove; a **tmpfs** lives in memory as long as the container
 * runs. All four become lines of the OCI config; only the first two are kept here (shelf.ts).
 *
 * Invariants:
 *  1. Who uses a volume is never counted: it is looked up in the containers' records each time (users.ts). So no crash can
 *     leave a count that is wrong.
 *  2. A volume that a container names is there as long as the container is.
 *  3. What an image has at a volume's place is copied into it once, while it is empty, and not again.
 *
 *     resolve ──▶ fill ──▶ mount ──▶ unmount ──▶ release        (engine.ts says when)
 */
import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { DrydockError } from '../../errors.ts';
import { copyUp, hasPlace } from '../../images/volume.ts';
import { makeFolders } from '../../linux/make-folders.ts';
import type { Mount } from '../../runtime/config.ts';
import type { Engine, Volumes } from '../engine.ts';
import type { ContainerRecord, Filters, MountPoint } from '../types.ts';
import { filterOf, listFilters, pruneFilters, type Facts } from './filters.ts';
import { linesOf, requestAt } from './lines.ts';
import { bringUp, checkDriver, checkOptions, LOCAL, takeDown } from './local.ts';
import { checkName } from './names.ts';
import { checkPropagation } from './propagation.ts';
import { resolveMounts } from './resolve.ts';
import { sizeOf } from './size.ts';
import { openShelf, type Shelf, type VolumeRecord } from './shelf.ts';
import { goesWith, usersOf, type Held } from './users.ts';
import type { Volume, VolumeRequest, VolumesPruned } from './volume.ts';

/** Where the records are, and who is told. */
interface Around {
  /** DRYDOCK_ROOT. */
  readonly root: string;
  readonly containers: Pick<Engine['containers'], 'all' | 'find'>;
  readonly events: Pick<Engine['events'], 'emit'>;
}

interface Making {
  /** Of the volumes that it will have. */
  readonly names: string[];
  /** Places at which a volume gets the image's files. */
  copies: Set<string>;
}

export class EngineVolumes implements Volumes {
  /** By id: containers that are being made, which are not among the others yet. */
  private readonly making = new Map<string, Making>();
  /** Ids of containers that have volumes mounted; after a crash the records of those that run say it. */
  private readonly up = new Set<string>();

  constructor(
    private readonly around: Around,
    private readonly shelf: Shelf,
  ) {}

  /** By name. Throws API_INVALID for a filter that does not exist. */
  list(filters: Filters = {}): Volume[] {
    const fits = filterOf(filters, listFilters);
    return this.shelf
      .names()
      .filter((name) => fits(this.factsOf(name)))
      .sort()
      .map((name) => this.inspect(name));
  }

  /** Throws NO_SUCH_VOLUME. */
  inspect(name: string): Volume {
    this.demand(name);
    const { created, labels = null, options = null, broken } = this.shelf.look(name);
    const Mountpoint = this.shelf.data(name);
    return {
      ...{ CreatedAt: created, Driver: LOCAL, Labels: labels, Mountpoint },
      ...{ Name: name, Options: options, Scope: 'local' },
      ...(broken !== undefined && { Status: { broken } }),
    };
  }

  /** One of this name is found if it is there, whatever else is asked. Throws API_INVALID, NO_SUCH_DRIVER. */
  async create(request: VolumeRequest): Promise<Volume> {
    return this.make(request);
  }

  /** With `force` nothing is said about a volume that is not there. Throws NO_SUCH_VOLUME, VOLUME_IN_USE. */
  async remove(name: string, { force = false } = {}): Promise<void> {
    if (force && !this.isThere(name)) return;
    this.demand(name);
    const users = this.usersOf(name);
    if (users.length > 0)
      throw new DrydockError('VOLUME_IN_USE', `remove ${name}: volume is in use - [${users.join(', ')}]`, {
        hint: 'remove these containers first, whether they run or not',
      });
    await this.destroy(name);
  }

  /**
   * Those that no container uses, and that are our own folders: what has options may lie elsewhere, as Docker sees it, too.
   * Throws API_INVALID for a filter that does not exist.
   */
  async prune(filters: Filters = {}): Promise<VolumesPruned> {
    const fits = filterOf(filters, pruneFilters);
    const pruned: VolumesPruned = { VolumesDeleted: [], SpaceReclaimed: 0 };
    for (const name of this.shelf.names()) {
      const facts = this.factsOf(name);
      if (facts.isUsed || facts.hasOptions || !fits(facts)) continue;
      const size = await sizeOf(this.shelf.data(name));
      // Meanwhile somebody may have begun to use it.
      if (this.usersOf(name).length > 0) continue;
      await this.destroy(name);
      pruned.SpaceReclaimed += size;
      pruned.VolumesDeleted.push(name);
    }
    this.around.events.emit('volume', 'prune', '', { reclaimed: String(pruned.SpaceReclaimed) });
    return pruned;
  }

  /** All of them, with what they take on the disk and how many containers have them (`system df`). */
  async usage(): Promise<Volume[]> {
    const measured = this.list().map(async (volume) => {
      const UsageData = { RefCount: this.usersOf(volume.Name).length, Size: await sizeOf(volume.Mountpoint) };
      return { ...volume, UsageData };
    });
    return Promise.all(measured);
  }

  async resolve(record: ContainerRecord): Promise<MountPoint[]> {
    const making: Making = { names: [], copies: new Set() };
    this.making.set(record.Id, making);
    try {
      const resolved = await resolveMounts(record, {
        root: this.around.root,
        recordOf: (name) => this.around.containers.find(name).record,
        take: (request) => this.take(request, making, record.Id),
      });
      making.copies = new Set(resolved.flatMap(({ point, copies }) => (copies ? point.Destination : [])));
      return resolved.map(({ point }) => point);
    } catch (error) {
      await this.release(record, true);
      throw error;
    }
  }

  async fill(record: ContainerRecord, tree: string): Promise<void> {
    const { copies = new Set<string>() } = this.making.get(record.Id) ?? {};
    for (const { Name, Destination } of record.Mounts) {
      // What has nothing to be filled with is not mounted before the start.
      if (Name === undefined || !copies.has(Destination) || !hasPlace(tree, Destination)) continue;
      await this.withUp(record.Id, Name, async (folder) => {
        if (readdirSync(folder).length > 0 && !this.shelf.isHalfFilled(Name)) return;
        await this.shelf.filling(Name, () => copyUp(tree, Destination, folder));
      });
    }
  }

  async mount(record: ContainerRecord): Promise<Mount[]> {
    this.making.delete(record.Id);
    this.up.add(record.Id);
    for (const point of record.Mounts) {
      const { Type, Name, Source, Destination, RW, Driver = LOCAL, Propagation } = point;
      if (Type === 'bind') {
        makeSource(Source, requestAt(record.HostConfig, Destination) !== undefined);
        checkPropagation(point, this.around.root);
      }
      if (Type !== 'volume' || Name === undefined) continue;
      this.demand(Name);
      bringUp(this.shelf.data(Name), this.shelf.read(Name).options);
      const facts = { destination: Destination, driver: Driver, propagation: Propagation, 'read/write': String(RW) };
      this.around.events.emit('volume', 'mount', Name, { container: record.Id, ...facts });
    }
    return linesOf(record.Mounts, record.HostConfig);
  }

  async unmount(record: ContainerRecord): Promise<void> {
    const wasUp = this.up.delete(record.Id);
    for (const { Name, Driver = LOCAL } of record.Mounts) {
      if (Name === undefined || !this.isThere(Name)) continue;
      if (wasUp) this.around.events.emit('volume', 'unmount', Name, { container: record.Id, driver: Driver });
      this.takeDownUnlessUsed(Name, record.Id);
    }
  }

  async release(record: ContainerRecord, anonymous: boolean): Promise<void> {
    const { names = [] } = this.making.get(record.Id) ?? {};
    this.making.delete(record.Id);
    this.up.delete(record.Id);
    if (!anonymous) return;
    for (const name of new Set([...names, ...record.Mounts.flatMap(({ Name = [] }) => Name)]))
      if (this.isThere(name) && goesWith(record.Id, this.heldOf(name))) await this.destroy(name);
  }

  async abandon(id: string): Promise<void> {
    for (const name of this.shelf.names())
      if (this.shelf.look(name).madeFor === id && this.usersOf(name).length === 0) await this.destroy(name);
  }

  /** The name is held before the volume is there: nobody may prune it in between. */
  private take(request: VolumeRequest, making: Making, id: string): Promise<Volume> {
    const Name = request.Name ?? freshName();
    making.names.push(Name);
    return this.make({ ...request, Name }, request.Name === undefined ? { anonymous: true, madeFor: id } : {});
  }

  private async make(request: VolumeRequest, maker: Pick<VolumeRecord, 'anonymous' | 'madeFor'> = {}): Promise<Volume> {
    const { Name: name = freshName(), Driver, DriverOpts, Labels } = request;
    checkName(name);
    checkDriver(name, Driver || LOCAL);
    if (this.shelf.has(name)) return this.inspect(name);
    checkOptions(name, DriverOpts ?? {});
    const record: VolumeRecord = {
      created: new Date().toISOString().replace(/\.\d+/, ''),
      ...maker,
      ...(Labels && { labels: Labels }),
      ...(DriverOpts && { options: DriverOpts }),
    };
    if (await this.shelf.make(name, record)) this.around.events.emit('volume', 'create', name, { driver: LOCAL });
    return this.inspect(name);
  }

  private async destroy(name: string): Promise<void> {
    await this.shelf.remove(name);
    this.around.events.emit('volume', 'destroy', name, { driver: LOCAL });
  }

  /** Runs `body` with the volume as containers see it. */
  private async withUp<T>(id: string, name: string, body: (folder: string) => Promise<T>): Promise<T> {
    const folder = this.shelf.data(name);
    this.up.add(id);
    try {
      bringUp(folder, this.shelf.read(name).options);
      return await body(folder);
    } finally {
      this.up.delete(id);
      this.takeDownUnlessUsed(name, id);
    }
  }

  private takeDownUnlessUsed(name: string, exceptFor: string): void {
    const isUsed = this.usersOf(name).some((id) => id !== exceptFor && this.isUp(id));
    if (!isUsed) takeDown(this.shelf.data(name));
  }

  private isUp(id: string): boolean {
    return this.up.has(id) || this.around.containers.all().some((one) => one.id === id && one.record.State.Running);
  }

  private usersOf(name: string): string[] {
    const making = new Map([...this.making].map(([id, { names }]) => [id, names] as const));
    const records = this.around.containers.all().map(({ record }) => record);
    return usersOf(name, records, making);
  }

  private heldOf(name: string): Held {
    return { isAnonymous: this.shelf.look(name).anonymous ?? false, users: this.usersOf(name) };
  }

  private factsOf(name: string): Facts {
    const { labels = {}, options = {}, broken } = this.shelf.look(name);
    // Of a record that cannot be read nobody knows.
    const hasOptions = broken !== undefined || Object.keys(options).length > 0;
    return { name, driver: LOCAL, labels, hasOptions, isUsed: this.usersOf(name).length > 0 };
  }

  private isThere(name: string): boolean {
    return /^[a-zA-Z0-9]/.test(name) && !name.includes('/') && this.shelf.has(name);
  }

  private demand(name: string): void {
    if (this.isThere(name)) return;
    throw new DrydockError('NO_SUCH_VOLUME', `get ${name}: no such volume`, {
      hint: '`drydock volume ls` lists which there are',
    });
  }
}

const freshName = (): string => randomBytes(32).toString('hex');

/** A folder that `-v` names is made, as Docker does; one that `--mount` names must be there. */
function makeSource(source: string, mustExist: boolean): void {
  if (existsSync(source)) return;
  if (!mustExist) return makeFolders(source, 0o755);
  throw new DrydockError(
    'API_INVALID',
    `invalid mount config for type "bind": bind source path does not exist: ${source}`,
    { hint: 'make the folder, or use -v, which makes it' },
  );
}

/** Opens the volumes of an engine, and takes away what killed ones have left half done. */
export function openVolumes(around: Around): EngineVolumes {
  return new EngineVolumes(around, openShelf(join(around.root, 'volumes')));
}
