/**
 * How much a container may take: memory, processors, processes, disks, and what setrlimit(2) bounds for each process.
 *
 * Docker's 0 is "no limit", and so an absent one of the spec's.
 */
import { statSync } from 'node:fs';
import { DrydockError } from '../../errors.ts';
import { resourceLimits } from '../../linux/constants.ts';
import { canLimitSwap } from '../../runtime/cgroupfs.ts';
import type { Process, Resources as SpecResources } from '../../runtime/config.ts';
import type { DeviceRate, Resources } from '../types.ts';
import { refuseBounds } from './bounds.ts';

/** The kernel gives a quota for each of these; its default, and Docker's. */
const PERIOD_US = 100_000;

/** The section `linux.resources`, also for `update`. Throws BAD_USAGE. */
export function resourcesOf(asked: Resources): SpecResources {
  refuseBounds(asked);
  const { CpuPeriod, CpuQuota, NanoCpus } = asked;
  return {
    memory: withoutAbsent({
      limit: asked.Memory || undefined,
      reservation: asked.MemoryReservation || undefined,
      swap: (asked.MemorySwap && canLimitSwap() && asked.MemorySwap) || undefined,
      swappiness: asked.MemorySwappiness === -1 ? undefined : asked.MemorySwappiness,
      disableOOMKiller: asked.OomKillDisable || undefined,
    }),
    cpu: withoutAbsent({
      shares: asked.CpuShares || undefined,
      quota: NanoCpus ? Math.round((NanoCpus / 1e9) * PERIOD_US) : CpuQuota || undefined,
      period: NanoCpus ? PERIOD_US : CpuPeriod || undefined,
      realtimePeriod: asked.CpuRealtimePeriod || undefined,
      realtimeRuntime: asked.CpuRealtimeRuntime || undefined,
      cpus: asked.CpusetCpus || undefined,
      mems: asked.CpusetMems || undefined,
    }),
    pids: asked.PidsLimit && asked.PidsLimit > 0 ? { limit: asked.PidsLimit } : undefined,
    blockIO: withoutAbsent({
      weight: asked.BlkioWeight || undefined,
      weightDevice: asked.BlkioWeightDevice?.map(({ Path, Weight }) => ({ ...numbersOf(Path), weight: Weight })),
      throttleReadBpsDevice: ratesOf(asked.BlkioDeviceReadBps),
      throttleWriteBpsDevice: ratesOf(asked.BlkioDeviceWriteBps),
      throttleReadIOPSDevice: ratesOf(asked.BlkioDeviceReadIOps),
      throttleWriteIOPSDevice: ratesOf(asked.BlkioDeviceWriteIOps),
    }),
  };
}

function ratesOf(
  rates: readonly DeviceRate[] | undefined,
): { major: number; minor: number; rate: number }[] | undefined {
  return rates?.map(({ Path, Rate }) => ({ ...numbersOf(Path), rate: Rate }));
}

function numbersOf(path: string): { major: number; minor: number } {
  const facts = statSync(path, { throwIfNoEntry: false });
  if (!facts?.isBlockDevice()) throw new DrydockError('BAD_USAGE', `${path} is no disk of this machine`);
  return { major: (facts.rdev >> 8) & 0xfff, minor: (facts.rdev & 0xff) | ((facts.rdev >> 12) & 0xfff00) };
}

/** Undefined when nothing is in it: the runtime joins no hierarchy that no limit asks for. */
function withoutAbsent<T extends object>(section: T): T | undefined {
  const said = Object.entries(section).filter(([, value]) => value !== undefined);
  return said.length ? (Object.fromEntries(said) as T) : undefined;
}

/** Throws BAD_USAGE for a name that setrlimit(2) does not know. */
export function rlimitsOf(ulimits: Resources['Ulimits'] = []): Process['rlimits'] {
  return ulimits.map(({ Name, Soft, Hard }) => {
    const type = `RLIMIT_${Name.toUpperCase()}`;
    if (!(type in resourceLimits)) throw new DrydockError('BAD_USAGE', `invalid ulimit type: ${Name}`);
    if (Hard !== -1 && (Soft === -1 || Soft > Hard))
      throw new DrydockError(
        'BAD_USAGE',
        `ulimit soft limit must be less than or equal to hard limit: ${Soft} > ${Hard}`,
      );
    return { type: type as keyof typeof resourceLimits, soft: endless(Soft), hard: endless(Hard) };
  });
}

const endless = (amount: number): number => (amount === -1 ? 2 ** 64 : amount);
