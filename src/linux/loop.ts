/**
 * A file as a block device. The kernel has as many as one asks for, and gives a device back when nobody uses it any more
 * (LO_FLAGS_AUTOCLEAR): so nothing is left of one whose maker was killed. loop(4).
 */
import { closeSync, fstatSync, openSync } from 'node:fs';
import { isSyscallError } from './calls.ts';
import { O_CLOEXEC, O_RDWR } from './constants.ts';
import { EBUSY } from './errno.ts';
import { native } from './native.ts';

const LOOP_SET_FD = 0x4c00;
const LOOP_SET_STATUS64 = 0x4c04;
const LOOP_CTL_GET_FREE = 0x4c82;
const LO_FLAGS_AUTOCLEAR = 4;
/** struct loop_info64: five numbers of 8 bytes, four of 4 (the last: flags), the name, a key, and two more numbers. */
const INFO_SIZE = 232;
const FLAGS_AT = 52;

export interface Loop {
  /** `/dev/loop3`. */
  readonly path: string;
  /** `major:minor`. */
  readonly device: string;
  /** Once somebody else has opened the device, it stays for as long as they do. */
  close(): void;
}

/** A device whose bytes are those of the file. */
export function attachLoop(file: string): Loop {
  const backing = openSync(file, O_RDWR | O_CLOEXEC);
  try {
    for (;;) {
      const loop = tryNext(backing);
      if (loop) return loop;
    }
  } finally {
    closeSync(backing);
  }
}

/** Undefined when somebody else has taken the free one first. */
function tryNext(backing: number): Loop | undefined {
  const control = openSync('/dev/loop-control', O_RDWR | O_CLOEXEC);
  let number: number;
  try {
    number = native.ioctl(control, LOOP_CTL_GET_FREE, 0);
  } finally {
    closeSync(control);
  }
  const path = `/dev/loop${number}`;
  const fd = openSync(path, O_RDWR | O_CLOEXEC);
  try {
    native.ioctl(fd, LOOP_SET_FD, backing);
    const info = Buffer.alloc(INFO_SIZE);
    info.writeUInt32LE(LO_FLAGS_AUTOCLEAR, FLAGS_AT);
    native.ioctl(fd, LOOP_SET_STATUS64, info);
  } catch (error) {
    closeSync(fd);
    if (isSyscallError(error, EBUSY)) return undefined;
    throw error;
  }
  const { rdev } = fstatSync(fd);
  return { path, device: `${rdev >> 8}:${rdev & 0xff}`, close: () => closeSync(fd) };
}
