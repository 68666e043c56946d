/**
 * The tar reader: takes bytes as they come, in pieces of any size, and tells what they are.
 *
 *     push(chunk) ─▶ entry(e) ─▶ data(chunk, from, to) … ─▶ end()      and so on; finish() at the end of the bytes
 *
 * It waits for nothing and holds no data: what belongs to a file is pointed at where it lies in the chunk. All that it
 * keeps is one block that came in two pieces, and the headers before an entry, which a limit bounds.
 *
 * Invariant: what it tells are whole entries whose numbers are safe integers and whose names have no NUL; or it throws
 * ARCHIVE_INVALID or ARCHIVE_TOO_LARGE, which name the entry. Two blocks of zeros end the archive; what follows is
 * padding, of any size. An archive that ends without them, but between two entries, is whole, too.
 */
import { DrydockError } from '../../errors.ts';
import { defaultLimits, tooLarge } from '../limits.ts';
import type { Entry, Limits } from '../types.ts';
import { blockSize, hasChecksum, invalid, isZero, numberAt, paddingOf } from './block.ts';
import { beginEntry, type Before, type Begun } from './entry.ts';
import { parseRecords } from './pax.ts';
import { checkExtents, MapReader, oldExtents } from './sparse.ts';

export interface TarEvents {
  entry(entry: Entry): void;
  /** A part of the entry's data: chunk[from..to). Valid during the call. */
  data(chunk: Buffer, from: number, to: number): void;
  end(): void;
}

/** What the next bytes are. */
type Expecting = 'header' | 'about' | 'blocks' | 'map' | 'data' | 'padding' | 'nothing';

/** Headers that speak of the next entry: pax ('X' is Solaris' pax) and GNU's long names. */
const abouts = new Set(['x', 'X', 'g', 'L', 'K']);

/** Said of the first header, before which nothing else is known. */
const NONE = 'this is no tar archive, or not any more';

export class TarParser {
  private readonly limits: Required<Limits>;
  private expecting: Expecting = 'header';
  /** A block of which only the first bytes have come. */
  private readonly torn = Buffer.alloc(blockSize);
  private tornLength = 0;
  /** Bytes of `data` or `padding` that are still to come, and the padding after the data. */
  private left = 0;
  private after = 0;
  private before: Before = { records: [] };
  /** The header that is being collected: its type, and its bytes so far. */
  private about = { type: '', data: Buffer.alloc(0), length: 0 };
  private headerBytes = 0;
  private begun?: Begun;
  private map?: MapReader;
  private wasZero = false;
  private count = 0;

  constructor(
    private readonly events: TarEvents,
    limits: Limits = {},
  ) {
    this.limits = { ...defaultLimits, ...limits };
  }

  /** Entries that have begun. */
  get entries(): number {
    return this.count;
  }

  push(chunk: Buffer): void {
    this.named(() => {
      for (let at = 0; at < chunk.length;) at = this.take(chunk, at);
    });
  }

  /** The bytes are over. Throws ARCHIVE_INVALID in the middle of something. */
  finish(): void {
    this.named(() => {
      // Go's writer pads a file when the next one comes, and Docker's client ends some archives without closing it.
      const isBehind = this.expecting === 'header' || this.expecting === 'padding';
      const between = isBehind && this.tornLength === 0 && this.headerBytes === 0;
      if (between || this.expecting === 'nothing') return;
      const isBegin = this.count === 0 && this.headerBytes === 0;
      const where = this.expecting === 'data' ? 'data' : 'headers';
      throw invalid(`the archive ends in the middle of its ${where}`, isBegin ? NONE : 'it was cut off');
    });
  }

  /** Runs `body`; what it throws says at which entry. */
  private named(body: () => void): void {
    try {
      body();
    } catch (error) {
      if (!(error instanceof DrydockError) || !error.code.startsWith('ARCHIVE_')) throw error;
      const path = this.begun?.entry.path ?? this.before.longName;
      const which = `entry ${this.begun ? this.count : this.count + 1}${path ? `, ${JSON.stringify(path.toString())}` : ''}`;
      throw new DrydockError(error.code, `${which}: ${error.message}`, { hint: error.hint, cause: error });
    }
  }

  /** Takes what comes next out of the chunk, and answers where the rest begins. */
  private take(chunk: Buffer, at: number): number {
    switch (this.expecting) {
      case 'nothing':
        return chunk.length;
      case 'data':
      case 'padding':
        return this.takeRun(chunk, at);
      case 'about':
        return this.takeAbout(chunk, at);
      case 'header':
      case 'blocks':
      case 'map':
        return this.takeBlock(chunk, at);
    }
  }

  private takeRun(chunk: Buffer, at: number): number {
    const to = Math.min(chunk.length, at + this.left);
    if (this.expecting === 'data') this.events.data(chunk, at, to);
    this.left -= to - at;
    if (this.left === 0) this.runIsOver();
    return to;
  }

  private runIsOver(): void {
    if (this.expecting === 'data') this.endEntry();
    this.expecting = this.after > 0 ? 'padding' : 'header';
    this.left = this.after;
    this.after = 0;
  }

  private takeAbout(chunk: Buffer, at: number): number {
    const { about } = this;
    const to = Math.min(chunk.length, at + about.data.length - about.length);
    about.length += chunk.copy(about.data, about.length, at, to);
    if (about.length === about.data.length) this.aboutIsWhole();
    return to;
  }

  private takeBlock(chunk: Buffer, at: number): number {
    if (this.tornLength === 0 && chunk.length - at >= blockSize) {
      this.block(chunk.subarray(at, at + blockSize));
      return at + blockSize;
    }
    const taken = chunk.copy(this.torn, this.tornLength, at, at + blockSize - this.tornLength);
    this.tornLength += taken;
    if (this.tornLength === blockSize) {
      this.tornLength = 0;
      this.block(this.torn);
    }
    return at + taken;
  }

  private block(block: Buffer): void {
    if (this.expecting === 'header') return this.header(block);
    this.spend(blockSize);
    const begun = this.begun!;
    const extents = begun.entry.extents!;
    if (this.expecting === 'blocks') {
      oldExtents(block, 0, 21, extents);
      if (block[504] === 0) this.startData(begun);
      return;
    }
    begun.stored -= blockSize;
    if (begun.stored < 0) throw invalid('its sparse map does not end');
    if (!this.map!.push(block)) return;
    extents.push(...this.map!.extents());
    this.startData(begun);
  }

  private header(block: Buffer): void {
    if (isZero(block)) {
      if (this.headerBytes > 0) throw invalid('the archive ends after a header that speaks of another entry');
      if (this.wasZero) this.expecting = 'nothing';
      this.wasZero = true;
      return;
    }
    if (this.wasZero) throw invalid('the archive goes on after a block of zeros');
    if (!hasChecksum(block))
      throw invalid('its checksum is wrong', this.count === 0 ? NONE : 'its bytes are not any more what they were');
    const type = String.fromCharCode(block[156]!);
    if (abouts.has(type)) return this.startAbout(type, numberAt(block, 124, 12, 'size'));
    if (type === 'V') return this.skip(0); // GNU: the archive's own label, which has no data
    if (this.count >= this.limits.entries) throw tooLarge(`the archive has more than ${this.limits.entries} entries`);
    const begun = beginEntry(block, this.before);
    this.count++;
    this.start(begun);
  }

  private startAbout(type: string, size: number): void {
    if (size < 0) throw invalid('the size of a header is negative');
    this.spend(blockSize + size);
    this.about = { type, data: Buffer.alloc(size), length: 0 };
    this.expecting = 'about';
    if (size === 0) this.aboutIsWhole();
  }

  private aboutIsWhole(): void {
    const { type, data } = this.about;
    const nul = data.indexOf(0);
    if (type === 'L') this.before.longName = nul < 0 ? data : data.subarray(0, nul);
    else if (type === 'K') this.before.longLink = nul < 0 ? data : data.subarray(0, nul);
    else if (type !== 'g') this.before.records = parseRecords(data);
    this.skip(paddingOf(data.length));
  }

  private skip(length: number): void {
    this.left = length;
    this.expecting = length > 0 ? 'padding' : 'header';
  }

  /** Headers cost memory until their entry comes. */
  private spend(bytes: number): void {
    this.headerBytes += bytes;
    if (this.headerBytes > this.limits.header)
      throw tooLarge(`the headers of one entry have more than ${this.limits.header} bytes`);
  }

  private start(begun: Begun): void {
    this.begun = begun;
    if (begun.mapFollows === 'blocks') this.expecting = 'blocks';
    else if (begun.mapFollows === 'data') {
      this.map = new MapReader();
      this.expecting = 'map';
      this.after = paddingOf(begun.stored);
    } else this.startData(begun);
  }

  private startData(begun: Begun): void {
    const { entry, stored } = begun;
    if (entry.extents) {
      checkExtents(entry.extents, entry.size, stored);
      entry.extents = entry.extents.filter(({ length }) => length > 0); // an empty one says where the file ends
    }
    this.map = undefined;
    this.events.entry(entry);
    this.left = stored;
    this.after = paddingOf(stored);
    this.expecting = 'data';
    if (stored === 0) this.runIsOver();
  }

  private endEntry(): void {
    this.events.end();
    this.begun = undefined;
    this.before = { records: [] };
    this.headerBytes = 0;
  }
}
