/**
 * Sparse files, in the four ways in which GNU tar has written them. All say where data lies; the rest is holes.
 *
 *     old GNU   type S: four extents in the header, more in blocks that follow it, 21 in each
 *     pax 0.0   GNU.sparse.offset and GNU.sparse.numbytes, once for each extent
 *     pax 0.1   GNU.sparse.map=offset,length,…
 *     pax 1.0   the map stands before the data, in blocks of its own: decimal numbers, one a line, their count first
 *
 * "GNU tar: Storing Sparse Files".
 */
import type { Extent } from '../types.ts';
import { invalid, numberAt } from './block.ts';
import { wholeNumber, type Records } from './pax.ts';

/** Extents in a row of 24-byte pairs; an empty pair ends them. */
export function oldExtents(block: Buffer, start: number, most: number, into: Extent[]): void {
  for (let at = start; at < start + most * 24; at += 24) {
    if (block[at] === 0) return;
    into.push({ offset: numberAt(block, at, 12, 'sparse map'), length: numberAt(block, at + 12, 12, 'sparse map') });
  }
}

/** What pax records say of a sparse file. */
export interface PaxSparse {
  /** The name; the header has a made-up one, for readers that do not know. */
  name?: Buffer;
  /** Size with the holes. */
  size?: number;
  /** undefined: version 1.0, the map stands before the data. */
  extents?: Extent[];
}

const pairs = (numbers: number[]): Extent[] => {
  const extents = [];
  for (let i = 0; i + 1 < numbers.length; i += 2) extents.push({ offset: numbers[i]!, length: numbers[i + 1]! });
  return extents;
};

/** undefined: it is no sparse file. */
export function paxSparse(records: Records): PaxSparse | undefined {
  const sparse = new Map<string, Buffer>();
  const numbers: number[] = [];
  for (const [key, value] of records) {
    if (!key.startsWith('GNU.sparse.')) continue;
    const word = key.slice('GNU.sparse.'.length);
    if (word === 'offset' || word === 'numbytes') {
      if ((word === 'offset') !== (numbers.length % 2 === 0)) throw invalid('its sparse map is out of order');
      numbers.push(wholeNumber(value, 'sparse map'));
    } else sparse.set(word, value);
  }
  if (sparse.size === 0 && numbers.length === 0) return undefined;
  const real = sparse.get('realsize') ?? sparse.get('size');
  const facts = { name: sparse.get('name'), size: real && wholeNumber(real, 'real size') };
  const version = `${sparse.get('major')?.toString('latin1') ?? 0}.${sparse.get('minor')?.toString('latin1') ?? 0}`;
  if (version === '1.0') return facts;
  if (version !== '0.0' && version !== '0.1') throw invalid(`its sparse map has the unknown version ${version}`);
  const map = sparse.get('map');
  const inMap = map && map.length > 0 ? map.toString('latin1').split(',') : [];
  const listed = map ? inMap.map((number) => wholeNumber(Buffer.from(number), 'sparse map')) : numbers;
  if (listed.length % 2 !== 0) throw invalid('its sparse map ends in the middle of a pair');
  return { ...facts, extents: pairs(listed) };
}

/** A map of version 1.0, read as its blocks come. */
export class MapReader {
  private readonly numbers: number[] = [];
  private digits = '';
  private wanted = 1;

  /** True when the map is whole; the rest of the block is padding. */
  push(block: Buffer): boolean {
    for (const byte of block) {
      if (byte !== 0x0a) {
        this.digits += String.fromCharCode(byte);
        if (this.digits.length > 16) throw invalid('its sparse map is broken');
        continue;
      }
      this.numbers.push(wholeNumber(Buffer.from(this.digits, 'latin1'), 'sparse map'));
      this.digits = '';
      if (this.numbers.length === 1) this.wanted = 1 + 2 * this.numbers[0]!;
      if (this.numbers.length === this.wanted) return true;
    }
    return false;
  }

  extents(): Extent[] {
    return pairs(this.numbers.slice(1));
  }
}

/** Throws ARCHIVE_INVALID unless the extents ascend, lie inside the file, and have as many bytes as the archive. */
export function checkExtents(extents: readonly Extent[], size: number, stored: number): void {
  let end = 0;
  let sum = 0;
  for (const { offset, length } of extents) {
    if (offset < end || offset + length > size) throw invalid('its sparse map has data outside of the file, or twice');
    end = offset + length;
    sum += length;
  }
  if (sum !== stored) throw invalid(`its sparse map has ${sum} bytes of data, the archive ${stored}`);
}
