/**
 * What a manifest has to be before anybody reads it: one thing, the same to everybody.
 *
 * A registry says in a header what kind of document it hands out, and the document says it once more. Where the two
 * differ, or where a document has the parts of both kinds, one reader checks the image that another one does not run
 * (CVE-2021-41190). So they must agree, and the bytes are kept as they came: a digest is of bytes and not of a meaning.
 */
import { digestOf } from '../content/digest.ts';
import { DrydockError } from '../errors.ts';
import { indexTypes, isSchema1, manifestTypes } from './media-types.ts';
import type { Resolved } from './registry.ts';

/** A manifest is a list of names; the largest honest ones have some hundred kilobytes. */
export const MANIFEST_LIMIT = 4 * 1024 * 1024;

/** The document with its descriptor. `claimed` is the kind that came beside it. Throws MANIFEST_INVALID. */
export function readManifest(bytes: Buffer, claimed: string): Resolved {
  const digest = digestOf(bytes);
  const wrong = (what: string, hint?: string): DrydockError =>
    new DrydockError('MANIFEST_INVALID', `${digest}: ${what}`, { hint });
  if (bytes.length > MANIFEST_LIMIT) throw wrong(`it has more than ${MANIFEST_LIMIT} bytes`);
  const document = parse(bytes);
  if (!document) throw wrong('it is no JSON object');
  const { schemaVersion, mediaType = claimed } = document;
  if (schemaVersion === 1 || isSchema1(claimed))
    throw wrong('it is of schema 1, which has not been made since 2017', 'push the image again with something newer');
  if (schemaVersion !== 2) throw wrong(`schemaVersion is ${JSON.stringify(schemaVersion)}, and there is only 2`);
  if (mediaType !== claimed)
    throw wrong(`it says ${JSON.stringify(mediaType)} of itself, and came as ${JSON.stringify(claimed)}`);
  const [isManifest, isIndex] = [manifestTypes.includes(claimed), indexTypes.includes(claimed)];
  if (!isManifest && !isIndex) throw wrong(`it is of the kind ${JSON.stringify(claimed)}, which is no image`);
  const isMixed = 'manifests' in document && ('layers' in document || 'config' in document || 'fsLayers' in document);
  if (isMixed) throw wrong("it has both 'layers' and 'manifests'");
  if (isManifest && !Array.isArray(document.layers)) throw wrong("it has no list 'layers'");
  if (isIndex && !Array.isArray(document.manifests)) throw wrong("it has no list 'manifests'");
  return { descriptor: { mediaType: claimed, digest, size: bytes.length }, bytes };
}

/** The kind in the header Content-Type, without what may follow it. */
export function kindIn(header: string | undefined): string {
  return (header ?? '').split(';', 1)[0]!.trim().toLowerCase();
}

function parse(bytes: Buffer): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(bytes.toString());
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}
