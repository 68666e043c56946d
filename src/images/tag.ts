/** `tag`: a further name for an image. A name leads to one image: it is taken from the one that had it. */
import { DrydockError } from '../errors.ts';
import { parseReference, printReference, withDefaultTag } from '../registry/reference.ts';
import type { Digest } from '../content/digest.ts';
import type { Data } from './db.ts';
import { findId } from './find.ts';
import type { Store } from './images.ts';

/** Throws IMAGE_MISSING, REFERENCE_INVALID, or BAD_USAGE for a name with a digest. */
export async function tagImage({ db }: Store, source: string, target: string): Promise<void> {
  const name = tagName(target);
  await db.change((data) => {
    const id = findId(data, source);
    data.tags[name] = id;
    data.images[id]!.tagged = new Date().toISOString();
  });
}

/** Several names for an image that is here, in one change of the books; none when it has them all. */
export async function nameImage({ db }: Store, id: Digest, targets: readonly string[]): Promise<void> {
  const names = targets.map(tagName);
  const isNew = ({ tags }: Data): boolean => names.some((name) => tags[name] !== id);
  if (!isNew(db.read())) return;
  await db.change((data) => {
    for (const name of names) data.tags[name] = id;
    data.images[id]!.tagged = new Date().toISOString();
  });
}

/** The name, whole, that an image can be given. Throws REFERENCE_INVALID or BAD_USAGE. */
export function tagName(text: string): string {
  const reference = withDefaultTag(parseReference(text));
  if (reference.digest === undefined) return printReference(reference);
  throw new DrydockError('BAD_USAGE', `refusing to create a tag with a digest reference: ${text}`, {
    hint: 'a digest is what the bytes say, and nobody can give it to an image',
  });
}
