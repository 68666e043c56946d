/**
 * The section `process` of a config, which an exec has for itself (OCI config.md, "Process").
 */
import * as v from 'valibot';
import { ioClasses, resourceLimits, schedulingFlags, schedulingPolicies } from '../linux/constants.ts';
import type { Process } from './config.ts';
import { absolute, environment, id, integer, noNul, options, uint32, uint64 } from './schema-parts.ts';

const user = v.looseObject({
  uid: id,
  gid: id,
  umask: v.optional(v.pipe(uint32, v.maxValue(0o7777))),
  additionalGids: v.optional(v.pipe(v.array(id), v.maxLength(65536))),
});

/** One of the names of a table. */
const nameIn = <T extends object>(table: T) => v.picklist(Object.keys(table) as (keyof T & string)[]);

const names = v.optional(v.array(noNul));

const rlimit = v.pipe(
  v.looseObject({
    type: nameIn(resourceLimits),
    soft: uint64,
    hard: uint64,
  }),
  v.check(({ soft, hard }) => soft <= hard, 'a soft limit that is not above the hard one'),
);

/** Beyond that numbers of JSON are not exact, and nobody waits for three months. */
const nanoseconds = v.pipe(uint64, v.maxValue(Number.MAX_SAFE_INTEGER));

const scheduler = v.looseObject({
  policy: nameIn(schedulingPolicies),
  nice: v.optional(v.pipe(integer, v.minValue(-20), v.maxValue(19))),
  priority: v.optional(v.pipe(integer, v.minValue(0), v.maxValue(99))),
  flags: v.optional(v.array(nameIn(schedulingFlags))),
  runtime: v.optional(nanoseconds),
  deadline: v.optional(nanoseconds),
  period: v.optional(nanoseconds),
});

export const processSchema: v.GenericSchema<unknown, Process> = v.looseObject({
  terminal: v.optional(v.boolean()),
  consoleSize: v.optional(v.looseObject({ height: uint32, width: uint32 })),
  user,
  args: v.pipe(v.array(noNul), v.minLength(1, 'at least the program')),
  env: v.optional(v.array(environment)),
  cwd: absolute,
  capabilities: v.optional(
    options({ bounding: names, effective: names, permitted: names, inheritable: names, ambient: names }),
  ),
  noNewPrivileges: v.optional(v.boolean()),
  rlimits: v.optional(
    v.pipe(
      v.array(rlimit),
      v.check((all) => new Set(all.map(({ type }) => type)).size === all.length, 'each type once'),
    ),
  ),
  oomScoreAdj: v.optional(v.pipe(integer, v.minValue(-1000), v.maxValue(1000))),
  scheduler: v.optional(scheduler),
  ioPriority: v.optional(
    v.looseObject({
      class: nameIn(ioClasses),
      priority: v.optional(v.pipe(integer, v.minValue(0), v.maxValue(7))),
    }),
  ),
  apparmorProfile: v.optional(noNul),
  selinuxLabel: v.optional(noNul),
});
