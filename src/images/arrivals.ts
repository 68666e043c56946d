/**
 * The layers of a pull on their way: whoever unpacks waits for one, or goes along with it.
 *
 *     waiting ──begins──▶ coming ──is whole──▶ here, checked, held
 *                           ╰──── begins anew: what went along has read what is not worth anything
 */
import type { Ingest } from '../content/content.ts';
import type { Descriptor } from '../content/descriptor.ts';
import type { Digest } from '../content/digest.ts';
import { Growth, type Coming } from './growth.ts';
import type { ImageLayer } from './images.ts';

export class Arrivals {
  private readonly blobs = new Map<Digest, Arrival>();

  constructor(layers: readonly ImageLayer[]) {
    for (const { blob } of layers) this.blobs.set(blob.digest, new Arrival());
  }

  /** Resolves when it is here. Throws what has ended the download. */
  whole({ digest }: Descriptor): Promise<void> {
    return this.blobs.get(digest)!.whole.promise;
  }

  isWhole({ digest }: Descriptor): boolean {
    return this.blobs.get(digest)!.isWhole;
  }

  /** Resolves when it has begun to come; undefined when it is here first. Throws what has ended the download. */
  coming({ digest }: Descriptor): Promise<Coming | undefined> {
    return this.blobs.get(digest)!.begun.promise;
  }

  begins({ digest }: Descriptor, ingest: Pick<Ingest, 'offset' | 'open'>): void {
    this.blobs.get(digest)?.begins(ingest);
  }

  grows({ digest }: Descriptor, size: number): void {
    this.blobs.get(digest)?.grows(size);
  }

  isHere({ digest, size }: Descriptor): void {
    this.blobs.get(digest)?.isHere(size);
  }

  fail(error: unknown): void {
    for (const arrival of this.blobs.values()) arrival.fail(error);
  }
}

class Arrival {
  readonly whole = promised<void>();
  readonly begun = promised<Coming | undefined>();
  isWhole = false;
  private growth?: Growth;

  begins(ingest: Pick<Ingest, 'offset' | 'open'>): void {
    this.growth?.cut(new Error('the blob had to begin anew'));
    const growth = new Growth(ingest.offset);
    this.growth = growth;
    this.begun.resolve({ open: () => ingest.open(), upTo: () => growth });
  }

  grows(size: number): void {
    this.growth?.grows(size);
  }

  isHere(size: number): void {
    this.isWhole = true;
    this.begun.resolve(undefined);
    this.whole.resolve();
    this.growth?.ends(size);
  }

  fail(error: unknown): void {
    this.begun.reject(error);
    this.whole.reject(error);
    this.growth?.cut(error);
  }
}

interface Promised<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
  readonly reject: (error: unknown) => void;
}

function promised<T>(): Promised<T> {
  let settle!: Omit<Promised<T>, 'promise'>;
  const promise = new Promise<T>((resolve, reject) => (settle = { resolve, reject }));
  promise.catch(() => undefined); // whoever waits hears of it; nobody may be waiting
  return { promise, ...settle };
}
