/**
 * The store as an OCI image layout: skopeo, umoci and podman find our images in `index.json`. It is made from our own
 * books and never read: what others write into it is lost, and what their garbage collectors cannot see there they would
 * delete. OCI image spec, image-layout.md.
 */
import { join } from 'node:path';
import type { Descriptor } from './descriptor.ts';
import { writeDurably } from './durable.ts';

export async function writeView(folder: string, manifests: readonly Descriptor[]): Promise<void> {
  const index = { schemaVersion: 2, mediaType: 'application/vnd.oci.image.index.v1+json', manifests };
  await writeDurably(join(folder, 'oci-layout'), JSON.stringify({ imageLayoutVersion: '1.0.0' }), 0o644);
  await writeDurably(join(folder, 'index.json'), `${JSON.stringify(index, null, 2)}\n`, 0o644);
}
