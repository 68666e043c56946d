/**
 * The header of a tar archive: 512 bytes in which everything is text.
 *
 *     offset  0 name 100   100 mode 8   108 uid 8   116 gid 8   124 size 12   136 mtime 12   148 checksum 8   156 type 1
 *           157 link 100   257 magic 6 and version 2   265 user 32   297 group 32   329 major 8   337 minor 8
 *           345 prefix 155                                   ("ustar\0" "00": POSIX, and pax above it)
 *           345 atime 12  357 ctime 12  386 sparse 4 × 24  482 more?  483 real size 12      ("ustar  \0": GNU)
 *
 * Numbers are octal digits between spaces and NULs. What does not fit is binary, in GNU tar's way: the top bit of the
 * first byte says so. tar(5), POSIX.1-2017 pax(1), "GNU tar: Basic Tar Format".
 */
import { DrydockError } from '../../errors.ts';

export const blockSize = 512;

export const invalid = (why: string, hint?: string): DrydockError => new DrydockError('ARCHIVE_INVALID', why, { hint });

/** Bytes from `size` to the next full block. */
export const paddingOf = (size: number): number => (blockSize - (size % blockSize)) % blockSize;

const isBlank = (byte: number): boolean => byte === 0x20 || byte === 0;

/** The number in a field. Throws ARCHIVE_INVALID for what is none, or is too large to be exact. */
export function numberAt(block: Buffer, start: number, length: number, what: string): number {
  const end = start + length;
  if (block[start]! & 0x80) return binaryAt(block, start, end, what);
  let at = start;
  while (at < end && isBlank(block[at]!)) at++;
  let value = 0;
  for (; at < end && !isBlank(block[at]!); at++) {
    const digit = block[at]! - 0x30;
    if (digit < 0 || digit > 7) throw invalid(`its ${what} is no number: ${JSON.stringify(text(block, start, end))}`);
    value = value * 8 + digit;
  }
  while (at < end && isBlank(block[at]!)) at++;
  if (at < end) throw invalid(`its ${what} is no number: ${JSON.stringify(text(block, start, end))}`);
  return value; // 12 digits are less than 2^53
}

const text = (block: Buffer, start: number, end: number): string => block.toString('latin1', start, end);

/** Two's complement, most significant byte first; the top bit is the mark, the next one the sign. */
function binaryAt(block: Buffer, start: number, end: number, what: string): number {
  const negative = (block[start]! & 0x40) !== 0;
  let value = negative ? (block[start]! | 0x80) - 0x100 : block[start]! & 0x7f;
  for (let at = start + 1; at < end; at++) {
    value = value * 256 + block[at]!;
    if (!Number.isSafeInteger(value)) throw invalid(`its ${what} is larger than 2^53`);
  }
  return value;
}

/** The bytes up to a NUL, or all of them. */
export function bytesAt(block: Buffer, start: number, length: number): Buffer {
  const end = block.indexOf(0, start);
  return block.subarray(start, end < 0 ? start + length : Math.min(end, start + length));
}

export function isZero(block: Buffer): boolean {
  for (let at = 0; at < blockSize; at++) if (block[at] !== 0) return false;
  return true;
}

const checksumAt = 148;

/** The sum of the bytes, with spaces where the sum itself stands. Some old tars summed signed bytes. */
export function hasChecksum(block: Buffer): boolean {
  let sum = 8 * 0x20;
  let high = 0;
  for (let at = 0; at < blockSize; at++) {
    if (at === checksumAt) at += 8;
    const byte = block[at]!;
    sum += byte;
    high += byte >> 7;
  }
  // Where no number stands, as in a file that is no archive, this is no sum either.
  if (!/^[ 0-7\0]+$/.test(text(block, checksumAt, checksumAt + 8))) return false;
  const wanted = numberAt(block, checksumAt, 8, 'checksum');
  return wanted === sum || wanted === sum - high * 256;
}

export type Format = 'old' | 'ustar' | 'gnu';

export function formatOf(block: Buffer): Format {
  const magic = text(block, 257, 265);
  if (magic === 'ustar  \0') return 'gnu';
  return magic.startsWith('ustar\0') ? 'ustar' : 'old';
}

/** Writes an octal number that ends with a NUL, or false if it does not fit. */
export function putOctal(block: Buffer, start: number, length: number, value: number): boolean {
  const digits = length - 1;
  if (value < 0 || value >= 8 ** digits) return false;
  block.write(value.toString(8).padStart(digits, '0'), start, 'latin1');
  return true;
}

/** Six digits, a NUL and a space, as all tars write it. */
export function putChecksum(block: Buffer): void {
  block.fill(0x20, checksumAt, checksumAt + 8);
  let sum = 0;
  for (let at = 0; at < blockSize; at++) sum += block[at]!;
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, checksumAt, 'latin1');
}
