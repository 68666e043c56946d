/**
 * What a blob says it is (media type, RFC 6838), by OCI and by Docker: the same things under two names.
 */
import type { Descriptor } from '../content/descriptor.ts';
import { indexTypes, manifestTypes } from '../registry/media-types.ts';

export const OCI_INDEX = 'application/vnd.oci.image.index.v1+json';
export const OCI_MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
export const OCI_CONFIG = 'application/vnd.oci.image.config.v1+json';
/** Followed by `+gzip`, `+zstd` or nothing. */
export const OCI_LAYER = 'application/vnd.oci.image.layer.v1.tar';

const DOCKER_CONFIG = 'application/vnd.docker.container.image.v1+json';

export const isIndexType = (type: string): boolean => indexTypes.includes(type);
export const isManifestType = (type: string): boolean => manifestTypes.includes(type);
export const isConfigType = (type: string): boolean => type === OCI_CONFIG || type === DOCKER_CONFIG;

const layerTypes: readonly RegExp[] = [
  /^application\/vnd\.oci\.image\.layer\.(nondistributable\.)?v1\.tar(\+gzip|\+zstd)?$/,
  /^application\/vnd\.docker\.image\.rootfs\.(foreign\.)?diff\.tar(\.gzip|\.zstd)?$/,
];

/** Whether it is a file system layer: there are artifacts that are no images, with layers of any type. */
export const isLayer = ({ mediaType }: Descriptor): boolean => layerTypes.some((type) => type.test(mediaType));

/** Whether the blob of a layer is the plain archive, so that both of its digests are the same. */
export const isPlain = ({ mediaType }: Descriptor): boolean => /\.tar$/.test(mediaType);

/** The same layer as OCI calls it, for a manifest of ours: Docker's types say no more. */
export function asOci({ mediaType, digest, size }: Descriptor): Descriptor {
  const [, compression] = /[.+](gzip|zstd)$/.exec(mediaType) ?? [];
  return { mediaType: compression ? `${OCI_LAYER}+${compression}` : OCI_LAYER, digest, size };
}
