/**
 * The OCI runtime config (runtime-spec 1.2, config.md and config-linux.md): one section for each isolator.
 *
 * Wrong types are answered with the path in the document and what was expected (validation.ts). Unknown properties are ignored, as the
 * spec demands. Sections that take something away from the container and that this runtime does not apply are refused
 * by name: a container that is less confined than its config says is worse than none.
 */
import { readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import * as v from 'valibot';
import { DrydockError } from '../errors.ts';
import { propagations } from '../linux/mount-options.ts';
import type { Hook, Mapping, Mount, Process, Spec } from './config.ts';
import { processSchema } from './process-schema.ts';
import { resourcesSchema } from './resources.ts';
import { absolute, environment, id, integer, noNul, options, uint32 } from './schema-parts.ts';
import { seccompSchema } from './seccomp-schema.ts';
import { parseDocument, validate } from './validation.ts';

/** As the kernel would walk it, so that two spellings of one place are one text: `//dev/` is `/dev`. */
const placeInside = v.pipe(
  absolute,
  v.transform((path) => posix.normalize(path).replace(/(?<=.)\/$/, '')),
  v.check((path) => path !== '/', 'a place below /: the root itself is root.path'),
);

const mapping = v.looseObject({
  containerID: uint32,
  hostID: uint32,
  size: v.pipe(uint32, v.minValue(1)),
});

const mount = v.looseObject({
  destination: placeInside,
  type: v.optional(noNul),
  source: v.optional(noNul),
  options: v.optional(v.array(noNul)),
  uidMappings: v.optional(v.array(mapping)),
  gidMappings: v.optional(v.array(mapping)),
});

export const namespaceTypes = ['mount', 'uts', 'ipc', 'pid', 'network', 'user', 'cgroup', 'time'] as const;
const namespace = v.looseObject({
  type: v.picklist(namespaceTypes),
  path: v.optional(absolute),
});

const deviceParts = {
  path: placeInside,
  fileMode: v.optional(v.pipe(uint32, v.maxValue(0o7777))),
  uid: v.optional(id),
  gid: v.optional(id),
};
/** The kernel keeps 12 bits of a major number and 20 of a minor one; a fifo has neither. */
const numbered = {
  ...deviceParts,
  major: v.pipe(uint32, v.maxValue(2 ** 12 - 1, 'at most 4095')),
  minor: v.pipe(uint32, v.maxValue(2 ** 20 - 1, 'at most 1048575')),
};
const device = v.variant('type', [
  v.looseObject({ type: v.literal('c'), ...numbered }),
  v.looseObject({ type: v.literal('u'), ...numbered }),
  v.looseObject({ type: v.literal('b'), ...numbered }),
  v.looseObject({ type: v.literal('p'), ...deviceParts }),
]);

const hook = v.looseObject({
  path: absolute,
  args: v.optional(v.array(noNul)),
  env: v.optional(v.array(environment)),
  timeout: v.optional(v.pipe(integer, v.minValue(1), v.maxValue(Number.MAX_SAFE_INTEGER))),
});
const hooks = v.optional(v.array(hook));

const offset = options({
  secs: v.optional(v.number()),
  nanosecs: v.optional(uint32),
});

const linux = options({
  namespaces: v.optional(v.array(namespace)),
  uidMappings: v.optional(v.array(mapping)),
  gidMappings: v.optional(v.array(mapping)),
  timeOffsets: v.optional(
    options({
      monotonic: v.optional(offset),
      boottime: v.optional(offset),
    }),
  ),
  devices: v.optional(v.array(device)),
  cgroupsPath: v.optional(noNul),
  maskedPaths: v.optional(v.array(absolute)),
  readonlyPaths: v.optional(v.array(absolute)),
  mountLabel: v.optional(noNul),
  rootfsPropagation: v.optional(v.picklist(['', ...Object.keys(propagations)])),
  sysctl: v.optional(v.record(noNul, noNul)),
  seccomp: v.optional(seccompSchema),
  resources: v.optional(resourcesSchema),
  personality: v.optional(
    v.looseObject({ domain: v.picklist(['LINUX', 'LINUX32']), flags: v.optional(v.array(noNul)) }),
  ),
});

const schema: v.GenericSchema<unknown, Spec> = v.looseObject({
  ociVersion: v.pipe(v.string(), v.regex(/^1\.\d+\.\d+/, 'a version 1.x.y')),
  process: processSchema,
  root: v.looseObject({ path: noNul, readonly: v.optional(v.boolean()) }),
  hostname: v.optional(v.pipe(noNul, v.maxBytes(64, 'at most 64 bytes'))),
  domainname: v.optional(v.pipe(noNul, v.maxBytes(64, 'at most 64 bytes'))),
  mounts: v.optional(v.array(mount)),
  hooks: v.optional(
    options({
      prestart: hooks,
      createRuntime: hooks,
      createContainer: hooks,
      startContainer: hooks,
      poststart: hooks,
      poststop: hooks,
    }),
  ),
  annotations: v.optional(v.record(v.string(), v.string())),
  linux: v.optional(linux),
});

export type { Hook, Mapping, Mount, Process, Spec };

/** Reads and checks the config of a bundle. Throws SPEC_UNREADABLE, SPEC_INVALID or UNSUPPORTED. */
export function readSpec(bundle: string, path = join(bundle, 'config.json')): Spec {
  return validateSpec(parseDocument(textOf(path), path), path);
}

/** Reads the process of an exec (`--process`). */
export function readProcess(path: string): Process {
  return validate(processSchema, parseDocument(textOf(path), path), path);
}

/** Checks a parsed config. `where` names the document in errors. */
export function validateSpec(value: unknown, where: string): Spec {
  const spec = validate(schema, value, where);
  refuseWhatIsNotApplied(spec, where);
  refuseTwice(spec, where);
  return spec;
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new DrydockError('SPEC_UNREADABLE', `cannot read ${path}: ${(cause as Error).message}`, {
      cause,
      hint: '`drydock oci spec` writes one to start from',
    });
  }
}

/** What takes something away from the container and is not applied. */
function refuseWhatIsNotApplied({ linux }: Spec, where: string): void {
  if (!isAsked(linux?.intelRdt)) return;
  throw new DrydockError('UNSUPPORTED', `${where}: this runtime does not apply linux.intelRdt`, {
    hint: 'leave it out: the container would be less confined than its config says',
  });
}

function isAsked(value: unknown): boolean {
  if (value === undefined || value === null || value === false || value === '') return false;
  return typeof value !== 'object' || Object.keys(value).length > 0;
}

function refuseTwice(spec: Spec, where: string): void {
  const seen = new Set<string>();
  for (const { type } of spec.linux?.namespaces ?? []) {
    if (seen.has(type)) throw new DrydockError('SPEC_INVALID', `${where}: linux.namespaces: '${type}' is there twice`);
    seen.add(type);
  }
}
