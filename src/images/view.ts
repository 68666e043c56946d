/**
 * What skopeo, umoci and podman see of our images: an OCI image layout in content/ (image-layout.md).
 *
 * It is a view of images/db.json, made anew after each change. One entry for each name, under the annotation by which
 * those tools look for it; an image without a name is there without one. Docker's own manifests (schema 2) are left out:
 * a layout of OCI's has no place for them, and changing them would change their digests.
 *
 * These tools may read and must not write: their collectors delete what their index does not lead to.
 */
import type { Content } from '../content/content.ts';
import type { Descriptor } from '../content/descriptor.ts';
import type { Digest } from '../content/digest.ts';
import type { Data } from './db.ts';
import { OCI_MANIFEST } from './media-types.ts';

const REF_NAME = 'org.opencontainers.image.ref.name';

/** The entries of index.json, in the order of their names. */
export function viewOf({ images, tags }: Data): Descriptor[] {
  const named = Object.entries(tags)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, id]) => ({ ...images[id]!.manifest, annotations: { [REF_NAME]: name } }));
  const withName = new Set(Object.values(tags));
  const unnamed = (Object.keys(images) as Digest[]).filter((id) => !withName.has(id)).map((id) => images[id]!.manifest);
  return [...named, ...unnamed].filter(({ mediaType }) => mediaType === OCI_MANIFEST);
}

/** For `Database`: keeps the view as the data is. */
export const keepView =
  (content: Content) =>
  (data: Data): Promise<void> =>
    content.view(viewOf(data));
