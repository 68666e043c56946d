/**
 * The key of an instruction: what it would make is known by it, before it is made.
 *
 *     key = sha256( state before │ what it says, with variables filled in │ what else its outcome depends on )
 *
 * The state before is an id, which is the digest of everything below. What it says is the line that goes into the history,
 * and for COPY that has the digest of what is copied in it. Times are nowhere: neither of files, nor of the build.
 */
import type { Platform } from '../content/descriptor.ts';
import { digestOf, type Digest } from '../content/digest.ts';

/** A state, as far as it counts here: an image, or nothing for a platform. */
interface Before {
  readonly id?: Digest;
  readonly config: Platform;
}

/** What an instruction's outcome depends on, but for the state before it. */
export interface Depends {
  /** Its line in the history. */
  readonly says: string;
  /** What the line does not say: modes that files get, what is mounted for a program, and the like. */
  readonly also?: unknown;
  /** Who has made it, as the image will say. */
  readonly author?: string;
  /** The moment that everything is of, where one was asked for. */
  readonly epoch?: number;
}

/** The key of an instruction. */
export function cacheKey({ id, config }: Before, { says, also, author, epoch }: Depends): Digest {
  // Nothing is not everywhere the same: it has a platform.
  const before = id ?? [config.os, config.architecture, config.variant];
  // As JSON and not joined: the same characters, parted elsewhere, are another key.
  return digestOf(JSON.stringify([before, says, also, author, epoch]));
}
