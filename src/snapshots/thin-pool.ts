/**
 * A pool of blocks from which thin devices take what they write, and the devices in it
 * (Documentation/admin-guide/device-mapper/thin-provisioning.rst, Linux 3.2).
 *
 *     snapshots/devicemapper/.pool/data       100 GB, sparse: blocks appear as they are written
 *                                 /metadata   which block belongs to which device; the kernel's own format
 *                                 /base       there once device 0 has its file system
 *
 * Both files become block devices (loop), those become the pool, and a thin device is a number in it. A device that is a
 * snapshot of another shares its blocks until one of them writes. The pool stays in the kernel when we end, and is found
 * again by its name, which has the folder's device and inode in it, as Docker's had.
 */
import { closeSync, existsSync, mkdirSync, openSync, rmdirSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isSyscallError } from '../linux/calls.ts';
import {
  CONTROL,
  ensureDevice,
  deviceStatus,
  listDevices,
  removeDevice,
  resumeDevice,
  sendMessage,
  suspendDevice,
  targetTypes,
} from '../linux/device-mapper.ts';
import { EBUSY, EEXIST, ENODATA } from '../linux/errno.ts';
import { attachLoop, type Loop } from '../linux/loop.ts';
import { DrydockError } from '../errors.ts';
import { locked } from './aside.ts';
import { unsupported } from './driver.ts';
import { makeExt4 } from './make-ext4.ts';
import { withMounted } from './mount.ts';

export interface PoolSizes {
  /** Bytes. */
  readonly data: number;
  readonly metadata: number;
  /** Of the file system that a container sees. */
  readonly base: number;
}

const GB = 1024 ** 3;
export const dockers: PoolSizes = { data: 100 * GB, metadata: 2 * GB, base: 10 * GB };

const SECTOR = 512;
/** In sectors: 64 KB, the smallest. Copying one is what the first write after a snapshot costs. */
const BLOCK = 128;
/** In blocks: below it the kernel sends an event. */
const LOW_WATER = 32768;
/** The device with an empty file system, of which all bases are snapshots. */
const EMPTY = 0;

export class ThinPool {
  private readonly folder: string;
  private readonly name: string;

  constructor(
    root: string,
    private readonly sizes: PoolSizes,
  ) {
    const { dev, ino } = statSync(root);
    this.folder = join(root, '.pool');
    this.name = `drydock-${dev >> 8}:${dev & 0xff}-${ino}-pool`;
  }

  /** Brings the pool into the kernel, and makes it when there is none. Throws DRIVER_UNSUPPORTED. */
  async open(): Promise<void> {
    if (!existsSync(CONTROL))
      throw unsupported('devicemapper', `this kernel has no device mapper (${CONTROL} is missing)`);
    if (!['thin', 'thin-pool'].every((type) => targetTypes().includes(type)))
      throw unsupported('devicemapper', 'the device mapper has no thin pools (modprobe dm_thin_pool)');
    mkdirSync(this.folder, { recursive: true, mode: 0o700 });
    await locked(this.folder, async () => {
      if (!deviceStatus(this.name)?.hasTable) this.activatePool();
      if (!existsSync(join(this.folder, 'base'))) await this.makeBase();
    });
  }

  private activatePool(): void {
    const loops = (['metadata', 'data'] as const).map((part) => this.attach(part));
    try {
      const [metadata, data] = loops.map(({ device }) => device);
      const parameters = `${metadata} ${data} ${BLOCK} ${LOW_WATER} 1 skip_block_zeroing`;
      ensureDevice(this.name, { start: 0, length: this.sizes.data / SECTOR, type: 'thin-pool', parameters });
    } finally {
      for (const loop of loops) loop.close(); // The pool has them open now.
    }
  }

  private attach(part: 'metadata' | 'data'): Loop {
    const file = join(this.folder, part);
    closeSync(openSync(file, 'a', 0o600));
    if (statSync(file).size < this.sizes[part]) truncateSync(file, this.sizes[part]);
    return attachLoop(file);
  }

  /** Whoever was killed in the middle has left device 0, and nobody has a snapshot of it yet. */
  private async makeBase(): Promise<void> {
    await this.delete(EMPTY);
    sendMessage(this.name, `create_thin ${EMPTY}`);
    const { path } = this.activate(EMPTY);
    makeExt4(path);
    await withMounted([{ type: 'ext4', source: path, options: [] }], join(this.folder, 'merged'), (folder) =>
      rmdirSync(join(folder, 'lost+found')),
    );
    removeDevice(this.deviceName(EMPTY));
    writeFileSync(join(this.folder, 'base'), '');
  }

  /** Device `id` becomes a snapshot of `origin`, by default of the empty file system. */
  snapshot(id: number, origin = EMPTY): void {
    const name = this.deviceName(origin);
    // What is on its way to a device that is in use must be in the pool first, or the snapshot has half of it.
    const inUse = this.isInUse(name);
    if (inUse) suspendDevice(name);
    try {
      this.createSnapshot(id, origin);
    } finally {
      if (inUse) resumeDevice(name);
    }
  }

  private createSnapshot(id: number, origin: number): void {
    const create = (): void => sendMessage(this.name, `create_snap ${id} ${origin}`);
    try {
      create();
    } catch (error) {
      if (!isSyscallError(error, EEXIST)) throw error;
      // Nobody has a claim to it: the claim is ours.
      sendMessage(this.name, `delete ${id}`);
      create();
    }
  }

  /** A device that is there and open by nobody is taken away on the occasion. */
  private isInUse(name: string): boolean {
    const status = deviceStatus(name);
    if (!status) return false;
    if (status.openCount > 0) return true;
    removeDevice(name);
    return false;
  }

  /** The block device of this number, made when it is not there. */
  activate(id: number): { path: string } {
    const pool = deviceStatus(this.name)!.device;
    const parameters = `${pool} ${id}`;
    return ensureDevice(this.deviceName(id), { start: 0, length: this.sizes.base / SECTOR, type: 'thin', parameters });
  }

  /** Gives the blocks back that only this device has. Content when there is none. */
  async delete(id: number): Promise<void> {
    try {
      removeDevice(this.deviceName(id));
    } catch (error) {
      if (!isSyscallError(error, EBUSY)) throw error;
      throw new DrydockError('SNAPSHOT_IN_USE', `the device ${this.deviceName(id)} is still mounted or open`, {
        hint: `see where: grep ${deviceStatus(this.deviceName(id))?.path ?? 'dm-'} /proc/*/mountinfo`,
        cause: error,
      });
    }
    try {
      sendMessage(this.name, `delete ${id}`);
    } catch (error) {
      if (!isSyscallError(error, ENODATA)) throw error;
    }
  }

  /** What killed processes have left: devices that are suspended, and devices that no snapshot has a claim to. */
  async cleanup(claimed: ReadonlySet<number>): Promise<string[]> {
    const done: string[] = [];
    for (const id of this.activeIds()) {
      const name = this.deviceName(id);
      const status = deviceStatus(name);
      if (status?.isSuspended && status.hasTable) {
        resumeDevice(name);
        done.push(`resumed the device ${name}`);
      }
      if (id === EMPTY || claimed.has(id)) continue;
      await this.delete(id);
      done.push(`removed the device ${name}, which is no snapshot’s`);
    }
    return done;
  }

  /** Takes out of the kernel what nobody uses; the files stay. */
  close(): void {
    for (const name of [...this.activeIds().map((id) => this.deviceName(id)), this.name]) {
      try {
        removeDevice(name);
      } catch (error) {
        // Somebody has it mounted; then the pool stays, too.
        if (!isSyscallError(error, EBUSY)) throw error;
      }
    }
  }

  private deviceName(id: number): string {
    return `${this.name}-${id}`;
  }

  private activeIds(): number[] {
    const prefix = `${this.name}-`;
    return listDevices()
      .filter((name) => name.startsWith(prefix))
      .map((name) => Number(name.slice(prefix.length)));
  }
}
