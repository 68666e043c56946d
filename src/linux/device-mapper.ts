/**
 * The device mapper: block devices that are made of others by a table, "these sectors are those of that target".
 *
 * A device is born empty and suspended; a table is loaded beside the one that is in force; resuming puts it in force. So a
 * table is changed while the device is in use, and suspending lets everything that is on its way arrive first.
 *
 * Each call is an ioctl(2) on /dev/mapper/control with a struct dm_ioctl, what belongs to it behind that, and room for
 * the answer (linux/dm-ioctl.h, Documentation/admin-guide/device-mapper/). libdevmapper would bring udev along, which not
 * every machine has: the nodes are those of devtmpfs, /dev/dm-N.
 */
import { closeSync, openSync } from 'node:fs';
import { isSyscallError } from './calls.ts';
import { O_CLOEXEC, O_RDWR } from './constants.ts';
import { EBUSY, ENXIO } from './errno.ts';
import { native } from './native.ts';

export const CONTROL = '/dev/mapper/control';

/** The order of the kernel's enum; the number of a call is its place. */
// prettier-ignore
const calls = [
  'version', 'remove all', 'list devices', 'create', 'remove', 'rename', 'suspend', 'status', 'wait',
  'load', 'clear', 'dependencies', 'table status', 'list versions', 'message',
] as const;

const HEADER = 312;
const ROOM = 16 * 1024;
const NAME_LENGTH = 128;
const at = { version: 0, dataSize: 12, dataStart: 16, targetCount: 20, openCount: 24, flags: 28, device: 40, name: 48 };
const SUSPEND = 1 << 1;
const ACTIVE_PRESENT = 1 << 5;
const BUFFER_FULL = 1 << 8;

/** _IOWR(0xfd, number, struct dm_ioctl), without a sign. */
const requestOf = (call: (typeof calls)[number]): number =>
  0xc000_0000 + HEADER * 0x1_0000 + (0xfd << 8) + calls.indexOf(call);

export interface Target {
  /** In sectors of 512 bytes. */
  readonly start: number;
  readonly length: number;
  /** `thin-pool`, `thin`, `linear`, … */
  readonly type: string;
  /** What this type of target wants. */
  readonly parameters: string;
}

export interface DeviceStatus {
  /** Its node: `/dev/dm-3`. */
  readonly path: string;
  /** `major:minor`, as tables name it. */
  readonly device: string;
  readonly isSuspended: boolean;
  /** Without one it is what somebody has left who was killed between two calls: nothing can be read from it. */
  readonly hasTable: boolean;
  /** How many have it open: mounts, other devices, processes. */
  readonly openCount: number;
}

interface Request {
  flags?: number;
  targets?: number;
  data?: Buffer;
}

function ask(call: (typeof calls)[number], name: string, { flags = 0, targets = 0, data }: Request = {}): Buffer {
  const struct = Buffer.alloc(HEADER + Math.max(ROOM, data?.length ?? 0));
  struct.writeUInt32LE(4, at.version);
  struct.writeUInt32LE(struct.length, at.dataSize);
  struct.writeUInt32LE(HEADER, at.dataStart);
  struct.writeUInt32LE(targets, at.targetCount);
  struct.writeUInt32LE(flags, at.flags);
  struct.write(name.slice(0, NAME_LENGTH - 1), at.name);
  data?.copy(struct, HEADER);
  const control = openSync(CONTROL, O_RDWR | O_CLOEXEC);
  try {
    native.ioctl(control, requestOf(call), struct);
  } finally {
    closeSync(control);
  }
  if (struct.readUInt32LE(at.flags) & BUFFER_FULL) throw new RangeError(`device mapper: ${call} answered too much`);
  return struct;
}

function statusOf(struct: Buffer): DeviceStatus {
  const device = struct.readBigUInt64LE(at.device);
  const [major, minor] = [Number((device >> 8n) & 0xfffn), Number((device & 0xffn) | ((device >> 12n) & 0xfff00n))];
  return {
    path: `/dev/dm-${minor}`,
    device: `${major}:${minor}`,
    isSuspended: (struct.readUInt32LE(at.flags) & SUSPEND) !== 0,
    hasTable: (struct.readUInt32LE(at.flags) & ACTIVE_PRESENT) !== 0,
    openCount: struct.readInt32LE(at.openCount),
  };
}

/** struct dm_target_spec, and its parameters, padded to eight bytes. */
function packed({ start, length, type, parameters }: Target): Buffer {
  const size = Math.ceil((40 + Buffer.byteLength(parameters) + 1) / 8) * 8;
  const spec = Buffer.alloc(size);
  spec.writeBigUInt64LE(BigInt(start), 0);
  spec.writeBigUInt64LE(BigInt(length), 8);
  spec.writeUInt32LE(size, 20);
  spec.write(type, 24, 15);
  spec.write(parameters, 40);
  return spec;
}

/**
 * The device of this name with this table in force; made, or finished, when it is not there. Two who do so at once load the
 * same table, and the second resumes what is resumed.
 */
export function ensureDevice(name: string, target: Target): DeviceStatus {
  try {
    ask('create', name);
  } catch (error) {
    if (!isSyscallError(error, EBUSY)) throw error;
  }
  const there = statusOf(ask('status', name));
  if (there.hasTable) return there;
  try {
    ask('load', name, { targets: 1, data: packed(target) });
    return resumeDevice(name);
  } catch (error) {
    removeDevice(name);
    throw error;
  }
}

/** Undefined when there is none of this name. */
export function deviceStatus(name: string): DeviceStatus | undefined {
  return unlessMissing(() => statusOf(ask('status', name)));
}

/** Content when there is none. EBUSY while somebody has it open. */
export function removeDevice(name: string): void {
  unlessMissing(() => ask('remove', name));
}

export const suspendDevice = (name: string): DeviceStatus => statusOf(ask('suspend', name, { flags: SUSPEND }));
export const resumeDevice = (name: string): DeviceStatus => statusOf(ask('suspend', name));

/** A message to a device's target: `create_snap 7 3` to a pool. */
export function sendMessage(name: string, message: string): void {
  // struct dm_target_msg: the sector whose target is meant, the text.
  ask('message', name, { data: Buffer.concat([Buffer.alloc(8), Buffer.from(`${message}\0`)]) });
}

/** The names of all devices. */
export function listDevices(): string[] {
  return records(ask('list devices', ''), 12, 8);
}

/** The types of target that the kernel has at the moment. */
export function targetTypes(): string[] {
  return records(ask('list versions', ''), 16, 0);
}

/** A list of records, each with the distance to the next one, and a name at `nameAt`. */
function records(struct: Buffer, nameAt: number, nextAt: number): string[] {
  const found: string[] = [];
  for (let start = struct.readUInt32LE(at.dataStart); start < struct.length;) {
    const name = struct.subarray(start + nameAt, struct.indexOf(0, start + nameAt)).toString();
    if (name !== '') found.push(name);
    const next = struct.readUInt32LE(start + nextAt);
    if (next === 0) break;
    start += next;
  }
  return found;
}

function unlessMissing<T>(body: () => T): T | undefined {
  try {
    return body();
  } catch (error) {
    if (isSyscallError(error, ENXIO)) return undefined;
    throw error;
  }
}
