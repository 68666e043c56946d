/**
 * Bytes that have to turn out to be what their name says.
 *
 * They are handed on while they come: a layer does not fit into memory, and the disk need not wait for the line. So whoever
 * takes them must not act on them before the end has come without an error. That is how the content store does it: what
 * comes lies apart until then (src/content/ingest.ts).
 */
import type { Descriptor } from '../content/descriptor.ts';
import { Hasher } from '../content/digest.ts';
import { DrydockError } from '../errors.ts';

/**
 * The same pieces, and then an end only if they are the blob. Throws DIGEST_MISMATCH as soon as it is certain that they
 * are not: more bytes than promised are not waited for, and not handed on.
 */
export async function* verified(
  pieces: AsyncIterable<Buffer>,
  blob: Descriptor,
): AsyncGenerator<Buffer, void, undefined> {
  const hasher = new Hasher();
  let size = 0;
  for await (const piece of pieces) {
    size += piece.length;
    if (size > blob.size) throw mismatch(blob, `more than the ${blob.size} bytes come that were promised`);
    hasher.update(piece);
    yield piece;
  }
  if (size < blob.size) throw mismatch(blob, `${blob.size} bytes were promised, and ${size} came`);
  const found = hasher.digest();
  if (found !== blob.digest) throw mismatch(blob, `what came is ${found}`);
}

export function mismatch({ digest }: Pick<Descriptor, 'digest'>, what: string): DrydockError {
  return new DrydockError('DIGEST_MISMATCH', `${digest}: ${what}`, {
    hint: 'nothing of it is used; the registry, or something on the way, hands out other bytes than it promises',
  });
}
