/**
 * A file that grows, and who reads it meanwhile: a layer is unpacked while it comes in. Nothing has checked its bytes yet, so
 * what is made of them counts when it is whole.
 */
import type { FileHandle } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import type { Growing } from '../layers/index.ts';

/** From this size on it is worth it to go along. */
export const LARGE = 1024 * 1024;

/** Bytes between two words about a file that grows: each costs a message to another thread. */
const STEP = 512 * 1024;

export interface Coming {
  open(): Promise<FileHandle>;
  /** How much of it can be read, until that is all. Throws when it had to begin anew, or ended. */
  upTo(): AsyncIterable<number>;
}

/** Who goes along with what comes keeps a worker waiting: one is left for what need not be waited for. */
const most = availableParallelism() - 1;
let companions = 0;

/** Runs `body` with the file; undefined at once when there are companions enough. */
export async function along<T>(coming: Coming, body: (source: Growing) => Promise<T>): Promise<T | undefined> {
  if (companions >= most) return undefined;
  companions++;
  let file: FileHandle | undefined;
  try {
    file = await coming.open();
    return await body({ fd: file.fd, upTo: coming.upTo() });
  } finally {
    companions--;
    await file?.close();
  }
}

/** How much of it is there, for all who read: a layer can be in an image twice. */
export class Growth implements AsyncIterable<number> {
  private isOver = false;
  private failure?: { readonly error: unknown };
  private wakers: (() => void)[] = [];

  constructor(private there: number) {}

  grows(size: number): void {
    this.there = size;
    this.wake();
  }

  ends(size: number): void {
    this.isOver = true;
    this.grows(size);
  }

  cut(error: unknown): void {
    this.failure ??= { error };
    this.wake();
  }

  private wake(): void {
    for (const wake of this.wakers.splice(0)) wake();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<number> {
    for (let told = 0; ;) {
      if (this.failure) throw this.failure.error;
      if (this.isOver || this.there - told >= STEP) yield (told = this.there);
      else await new Promise<void>((resolve) => this.wakers.push(resolve));
      if (this.isOver && told === this.there) return;
    }
  }
}
