/**
 * The section `linux.resources` of a config: limits for everything in a container together (OCI config-linux.md,
 * "Control groups"). cgroup-limits.ts has the files that they are written to.
 *
 * Every range is bounded here: an absurd list of processors must not become one in memory (CVE-2018-20699).
 */
import * as v from 'valibot';
import type { DeviceRule, Resources } from './config.ts';
import { integer, noNul, options, uint32, uint64 } from './schema-parts.ts';

/** Bytes, or -1 for no limit. */
const amount = v.pipe(integer, v.minValue(-1), v.maxValue(2 ** 63));
/** Of a file name in a cgroup: nothing that leads elsewhere. */
const fileName = v.pipe(noNul, v.regex(/^[\w.-]+\.[\w.-]+$/, 'a name like memory.high'));

const MOST_CPUS = 8192;

/** `0-3,7`, as cpuset(7) has it. */
const list = v.pipe(
  noNul,
  v.maxBytes(4096, 'a list of at most 4096 bytes'),
  v.check(isList, `numbers and ranges below ${MOST_CPUS}, like 0-3,7`),
);

function isList(text: string): boolean {
  if (text.trim() === '') return true;
  return text.split(',').every((part) => {
    const [, from, to = from] = /^\s*(\d{1,5})(?:-(\d{1,5}))?\s*$/.exec(part) ?? [];
    return from !== undefined && Number(from) <= Number(to) && Number(to) < MOST_CPUS;
  });
}

const number = v.pipe(integer, v.minValue(-1), v.maxValue(2 ** 32 - 1));
const deviceRule = v.looseObject({
  allow: v.boolean(),
  type: v.optional(v.picklist(['a', 'b', 'c', ''])),
  major: v.optional(number),
  minor: v.optional(number),
  access: v.optional(v.pipe(noNul, v.regex(/^[rwm]*$/, 'some of r, w and m'))),
});

const weight = v.pipe(
  uint32,
  v.check((value) => value === 0 || (value >= 10 && value <= 1000), 'a weight from 10 to 1000'),
);
const place = { major: uint32, minor: uint32 };
const weights = v.array(v.looseObject({ ...place, weight: v.optional(weight), leafWeight: v.optional(weight) }));
const rates = v.optional(v.array(v.looseObject({ ...place, rate: uint64 })));

export const resourcesSchema: v.GenericSchema<unknown, Resources> = options({
  devices: v.optional(v.array(deviceRule)),
  memory: v.optional(
    options({
      limit: v.optional(amount),
      reservation: v.optional(amount),
      swap: v.optional(amount),
      kernel: v.optional(amount),
      kernelTCP: v.optional(amount),
      swappiness: v.optional(v.pipe(uint32, v.maxValue(100))),
      disableOOMKiller: v.optional(v.boolean()),
      useHierarchy: v.optional(v.boolean()),
      checkBeforeUpdate: v.optional(v.boolean()),
    }),
  ),
  cpu: v.optional(
    options({
      shares: v.optional(uint64),
      quota: v.optional(v.pipe(integer, v.minValue(-1))),
      burst: v.optional(uint64),
      period: v.optional(uint64),
      realtimeRuntime: v.optional(integer),
      realtimePeriod: v.optional(uint64),
      cpus: v.optional(list),
      mems: v.optional(list),
      idle: v.optional(v.pipe(integer, v.minValue(0), v.maxValue(1))),
    }),
  ),
  pids: v.optional(options({ limit: v.optional(v.pipe(integer, v.minValue(-1))) })),
  blockIO: v.optional(
    options({
      weight: v.optional(weight),
      leafWeight: v.optional(weight),
      weightDevice: v.optional(weights),
      throttleReadBpsDevice: rates,
      throttleWriteBpsDevice: rates,
      throttleReadIOPSDevice: rates,
      throttleWriteIOPSDevice: rates,
    }),
  ),
  hugepageLimits: v.optional(
    v.array(v.looseObject({ pageSize: v.pipe(noNul, v.regex(/^\d+[KMG]B$/, 'a size like 2MB')), limit: uint64 })),
  ),
  network: v.optional(
    options({
      classID: v.optional(uint32),
      priorities: v.optional(v.array(v.looseObject({ name: noNul, priority: uint32 }))),
    }),
  ),
  rdma: v.optional(v.record(noNul, options({ hcaHandles: v.optional(uint32), hcaObjects: v.optional(uint32) }))),
  unified: v.optional(v.record(fileName, noNul)),
});
export type { DeviceRule, Resources };
