/**
 * Manifests and indexes: the papers that an image travels with.
 *
 * Only the raw bytes have a digest, so they are kept as they came; what is made here is a reading of them. That a document
 * is one thing and no two is checked where it comes in, and here once more, since archives bring some, too
 * (CVE-2021-41190).
 *
 * OCI image specification, manifest.md and image-index.md; Docker's manifest v2 schema 2 has the same properties.
 */
import * as v from 'valibot';
import type { Descriptor } from '../content/descriptor.ts';
import { DrydockError } from '../errors.ts';
import { parseDocument, validate, type Complaint } from '../validation.ts';
import { digestSchema } from './config.ts';
import { MANIFEST_LIMIT, readManifest } from '../registry/manifest.ts';
import { isConfigType, isIndexType, isLayer, isManifestType } from './media-types.ts';

/** Bytes that a manifest or an index may have. */
export const MAX_MANIFEST = MANIFEST_LIMIT;

/** More layers than any storage driver can stack, and still a sane number. */
const MAX_LAYERS = 1024;

const platform = v.looseObject({
  architecture: v.string(),
  os: v.string(),
  variant: v.optional(v.string()),
});

export const descriptor = v.looseObject({
  mediaType: v.string(),
  digest: digestSchema,
  size: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(Number.MAX_SAFE_INTEGER)),
  annotations: v.optional(v.record(v.string(), v.string())),
  artifactType: v.optional(v.string()),
  platform: v.optional(platform),
});

const version = v.literal(2, 'the number 2');
const mediaType = v.optional(v.string());

const manifest = v.looseObject({
  schemaVersion: version,
  mediaType,
  config: descriptor,
  layers: v.pipe(v.array(descriptor), v.maxLength(MAX_LAYERS)),
  annotations: v.optional(v.record(v.string(), v.string())),
});

const index = v.looseObject({
  schemaVersion: version,
  mediaType,
  manifests: v.array(descriptor),
  annotations: v.optional(v.record(v.string(), v.string())),
});

export type Manifest = v.InferOutput<typeof manifest>;
export type Index = v.InferOutput<typeof index>;

const complaint: Complaint = {
  code: 'MANIFEST_INVALID',
  hint: 'the OCI image specification describes each property (manifest.md, image-index.md)',
};

/** The manifest in these bytes, of this media type. `where` names it in errors. Throws MANIFEST_INVALID. */
export function parseManifest(bytes: Buffer, type: string, where: string): Manifest {
  return validate(manifest, documentOf(bytes, type, where), where, complaint);
}

/** The index in these bytes. Throws MANIFEST_INVALID. */
export function parseIndex(bytes: Buffer, type: string, where: string): Index {
  return validate(index, documentOf(bytes, type, where), where, complaint);
}

/** The same, where it has to be an image: an artifact of another kind has a manifest, too. Throws UNSUPPORTED. */
export function parseImageManifest(bytes: Buffer, type: string, where: string): Manifest {
  const parsed = parseManifest(bytes, type, where);
  const strange = isConfigType(parsed.config.mediaType)
    ? parsed.layers.find((layer) => !isLayer(layer))
    : parsed.config;
  if (strange)
    throw new DrydockError('UNSUPPORTED', `${where} is no image: it has a part of type ${strange.mediaType}`, {
      hint: 'a registry keeps other things than images, too; they cannot be run',
    });
  return parsed;
}

/** Checked for what both kinds have in common, and for being one of them alone (src/registry/manifest.ts). */
function documentOf(bytes: Buffer, type: string, where: string): unknown {
  readManifest(bytes, type);
  return parseDocument(bytes.toString(), where, complaint);
}

/** The blobs that a manifest or an index leads to. */
export function childrenOf(bytes: Buffer, { mediaType: type }: Descriptor, where: string): Descriptor[] {
  if (isIndexType(type)) return parseIndex(bytes, type, where).manifests;
  if (!isManifestType(type)) return [];
  const { config, layers } = parseManifest(bytes, type, where);
  return [config, ...layers];
}
