/** The kinds of manifests, in the two dialects that registries speak: OCI's, and Docker's, which was first. */

const ociManifest = 'application/vnd.oci.image.manifest.v1+json';
const ociIndex = 'application/vnd.oci.image.index.v1+json';
const dockerManifest = 'application/vnd.docker.distribution.manifest.v2+json';
const dockerList = 'application/vnd.docker.distribution.manifest.list.v2+json';

/** One image: a config and layers. */
export const manifestTypes: readonly string[] = [ociManifest, dockerManifest];
/** Several: one manifest for each platform. */
export const indexTypes: readonly string[] = [ociIndex, dockerList];
/** What we can read. A registry converts for whoever does not say; then the digest is another one. */
export const accepted: string = [...manifestTypes, ...indexTypes].join(', ');

/** Docker's first kind had the names of the layers and their configs in one document, signed; nobody makes it any more. */
export function isSchema1(mediaType: string): boolean {
  return /^application\/vnd[.]docker[.]distribution[.]manifest[.]v1([+]|$)/.test(mediaType);
}
