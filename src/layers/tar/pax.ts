/**
 * Pax records: what the fixed fields of a header have no room for, as an entry of its own before the one it speaks of.
 *
 *     29 mtime=1700000000.123456789\n       length of the record in decimal, itself included; key; value
 *     45 SCHILY.xattr.security.capability=…\n      values are bytes: NULs and newlines too
 *
 * The length alone says where a record ends. An empty value takes an earlier one back. POSIX.1-2017 pax(1), "pax
 * Extended Header"; star(5) for SCHILY.xattr.
 */
import type { Time } from '../types.ts';
import { invalid } from './block.ts';

/** In the order of the archive, because GNU.sparse.offset and numbytes come many times, in pairs. Keys are Latin-1. */
export type Records = [key: string, value: Buffer][];

const [space, equals, newline] = [0x20, 0x3d, 0x0a];

export function parseRecords(data: Buffer): Records {
  const records: Records = [];
  for (let at = 0; at < data.length;) {
    const gap = data.indexOf(space, at);
    const digits = gap < 0 || gap - at > 10 ? '' : data.toString('latin1', at, gap);
    const end = at + Number(digits);
    const equal = data.indexOf(equals, gap + 1);
    if (!/^[1-9]\d*$/.test(digits) || end > data.length || equal < 0 || equal >= end || data[end - 1] !== newline)
      throw invalid('a pax record is broken', 'each is its length, a space, a key, =, a value and a newline');
    records.push([data.toString('latin1', gap + 1, equal), data.subarray(equal + 1, end - 1)]);
    at = end;
  }
  return records;
}

export function formatRecord(key: Buffer, value: Buffer): Buffer {
  const rest = key.length + value.length + 3; // space, equals, newline
  let length = rest + String(rest).length;
  if (String(length).length > String(rest).length) length = rest + String(length).length;
  return Buffer.concat([Buffer.from(`${length} `), key, Buffer.from('='), value, Buffer.from('\n')]);
}

/** A whole number that is not negative. */
export function wholeNumber(value: Buffer, what: string): number {
  const text = value.toString('latin1');
  const number = /^\d{1,16}$/.test(text) ? Number(text) : NaN;
  if (!Number.isSafeInteger(number)) throw invalid(`its ${what} is no number: ${JSON.stringify(text.slice(0, 100))}`);
  return number;
}

/** `-1.5` is half a second before 1969-12-31 23:59:59. What is finer than a nanosecond is cut off. */
export function parseTime(value: Buffer, what: string): Time {
  const [, minus, whole, fraction = ''] = /^(-?)(\d{1,15})(?:\.(\d*))?$/.exec(value.toString('latin1')) ?? [];
  if (whole === undefined) throw invalid(`its ${what} is no time: ${JSON.stringify(value.toString('latin1', 0, 100))}`);
  const nanoseconds = Number(fraction.slice(0, 9).padEnd(9, '0'));
  if (!minus) return { seconds: Number(whole), nanoseconds };
  return nanoseconds === 0
    ? { seconds: 0 - Number(whole), nanoseconds }
    : { seconds: -1 - Number(whole), nanoseconds: 1_000_000_000 - nanoseconds };
}

export function formatTime({ seconds, nanoseconds }: Time): string {
  if (nanoseconds === 0) return String(seconds);
  const below = seconds < 0;
  const [whole, rest] = below ? [-1 - seconds, 1_000_000_000 - nanoseconds] : [seconds, nanoseconds];
  const fraction = String(rest).padStart(9, '0').replace(/0+$/, '');
  return `${below ? '-' : ''}${whole}.${fraction}`;
}
