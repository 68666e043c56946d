/**
 * The config of an image: how to start it, what it is stacked of, and how it came to be. Its bytes are the image: their
 * digest is its id.
 *
 * What we do not know is kept, because a config that goes through us (commit) must lose nothing that somebody else reads.
 * Nothing in it ever names a path of the host, a hook or an annotation: an image comes from strangers.
 *
 * OCI image specification, config.md; Docker image specification 1.2 adds `Healthcheck`, `OnBuild`, `Shell` and a few
 * more, which are read by the engine.
 */
import * as v from 'valibot';
import { isDigest, type Digest } from '../content/digest.ts';
import { parseDocument, validate, type Complaint } from '../validation.ts';

/** Bytes that a config may have: it is read into memory whole. */
export const MAX_CONFIG = 8 << 20;

export const digestSchema = v.custom<Digest>(isDigest, 'sha256: and 64 hex digits');

/** The kernel reads up to the first NUL: a text with one in it would be another text there than here. */
const noNul = v.pipe(
  v.string(),
  v.check((text) => !text.includes('\0'), 'a string without NUL bytes'),
);
const texts = v.optional(v.array(noNul));
/** A set, as Go writes it: `{"80/tcp": {}}`. */
const set = v.optional(v.record(noNul, v.unknown()));

const runConfig = v.looseObject({
  User: v.optional(noNul),
  Env: texts,
  Entrypoint: texts,
  Cmd: texts,
  WorkingDir: v.optional(noNul),
  Volumes: set,
  ExposedPorts: set,
  Labels: v.optional(v.record(v.string(), v.string())),
  StopSignal: v.optional(noNul),
});

const historyEntry = v.looseObject({
  created: v.optional(v.string()),
  created_by: v.optional(v.string()),
  author: v.optional(v.string()),
  comment: v.optional(v.string()),
  empty_layer: v.optional(v.boolean()),
});

const schema = v.looseObject({
  created: v.optional(v.string()),
  author: v.optional(v.string()),
  architecture: v.string(),
  os: v.string(),
  variant: v.optional(v.string()),
  config: v.optional(runConfig),
  rootfs: v.looseObject({
    type: v.optional(v.picklist(['layers'])),
    // Docker writes none at all for an image without layers (FROM scratch).
    diff_ids: v.optional(v.array(digestSchema), []),
  }),
  history: v.optional(v.array(historyEntry)),
});

export type ImageConfig = v.InferOutput<typeof schema>;
export type RunConfig = v.InferOutput<typeof runConfig>;
export type HistoryEntry = v.InferOutput<typeof historyEntry>;

const complaint: Complaint = {
  code: 'MANIFEST_INVALID',
  hint: 'the OCI image specification describes each property (config.md)',
};

/** The config in these bytes. `where` names it in errors. Throws MANIFEST_INVALID. */
export function parseConfig(bytes: Buffer, where: string): ImageConfig {
  return validate(schema, parseDocument(bytes.toString(), where, complaint), where, complaint);
}
