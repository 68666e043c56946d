/**
 * The name of a blob is what is in it: `sha256:` and the 64 digits of its hash. Who has the name can check the bytes,
 * whoever handed them over, and two who have the same bytes need not agree on a name.
 *
 * Invariant: a `Digest` has passed `parseDigest`. Names become paths on disk, and a name of any other shape would
 * be a path of somebody's choice (CVE-2014-9358). OCI image spec, descriptor.md.
 */
import { createHash } from 'node:crypto';
import { DrydockError } from '../errors.ts';

export type Digest = string & { readonly digest: unique symbol };

const form = /^sha256:[0-9a-f]{64}$/;

export function isDigest(text: unknown): text is Digest {
  return typeof text === 'string' && form.test(text);
}

/** Throws DIGEST_INVALID, which says what a digest looks like. */
export function parseDigest(text: string): Digest {
  if (isDigest(text)) return text;
  throw new DrydockError('DIGEST_INVALID', `${JSON.stringify(text.slice(0, 200))} is no digest`, {
    hint: /^sha(384|512):/.test(text)
      ? 'Drydock stores blobs under sha256 alone'
      : "a digest is 'sha256:' and 64 of the digits 0 to 9 and a to f",
  });
}

/** The 64 digits. */
export const hexOf = (digest: Digest): string => digest.slice('sha256:'.length);

/** Takes bytes in pieces. */
export class Hasher {
  private readonly hash = createHash('sha256');

  update(bytes: Uint8Array): this {
    this.hash.update(bytes);
    return this;
  }

  /** Once, at the end. */
  digest(): Digest {
    return `sha256:${this.hash.digest('hex')}` as Digest;
  }
}

export function digestOf(bytes: Uint8Array | string): Digest {
  return new Hasher().update(typeof bytes === 'string' ? Buffer.from(bytes) : bytes).digest();
}
