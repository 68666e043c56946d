/**
 * Bytes on their way into a file: gathered in one page, while the one before is written by another thread.
 *
 * A stream comes in pieces of some kilobytes, and each write costs a turn of the event loop, whatever is in it. Whoever puts
 * waits only where both pages are full, so that what brings the bytes, the hash and the disk work at the same time.
 */
import type { FileHandle } from 'node:fs/promises';

const LARGEST_PAGE = 1024 * 1024;

/** Appends to a file that is open for that. What fails is thrown by the next call. */
export class WriteBehind {
  private page: Buffer;
  private other?: Buffer;
  private length = 0;
  private writing: Promise<void> = Promise.resolve();

  /** `expected`: how many bytes come, where that is known. */
  constructor(
    private readonly file: FileHandle,
    expected = LARGEST_PAGE,
  ) {
    this.page = Buffer.allocUnsafe(Math.max(1, Math.min(expected, LARGEST_PAGE)));
  }

  /** Takes a copy: the chunk is the caller's again when this resolves. */
  async put(chunk: Uint8Array): Promise<void> {
    for (let from = 0; from < chunk.length;) {
      const taken = chunk.subarray(from, from + this.page.length - this.length);
      this.page.set(taken, this.length);
      this.length += taken.length;
      from += taken.length;
      if (this.length === this.page.length) await this.turn();
    }
  }

  /** Resolves when the kernel has all that was put. */
  async settled(): Promise<void> {
    if (this.length > 0) await this.turn();
    await this.writing;
  }

  /** Resolves when nothing is written any more; what was not yet, never is. */
  async dropped(): Promise<void> {
    this.length = 0;
    await this.writing.catch(() => undefined);
  }

  private async turn(): Promise<void> {
    await this.writing;
    const full = this.page.subarray(0, this.length);
    const next = this.other ?? Buffer.allocUnsafe(this.page.length);
    this.other = this.page;
    this.page = next;
    this.length = 0;
    this.writing = this.writeAll(full);
    // Whoever comes next is told; until then nobody is there to be.
    this.writing.catch(() => undefined);
  }

  private async writeAll(bytes: Buffer): Promise<void> {
    for (let done = 0; done < bytes.length;) done += (await this.file.write(bytes, done)).bytesWritten;
  }
}
