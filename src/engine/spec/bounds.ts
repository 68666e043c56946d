/**
 * Limits that cannot be, in Docker's words (daemon/daemon_unix.go, verifyPlatformContainerResources).
 *
 * The kernel refuses most of them too: when the container starts, with EINVAL and the name of a file.
 */
import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { DrydockError } from '../../errors.ts';
import type { Resources } from '../types.ts';

const LEAST_MEMORY = 6 << 20;
/** Of a period, and the least of a quota (Documentation/scheduler/sched-bwc.rst). */
const [LEAST_US, MOST_US] = [1000, 1_000_000];

/** Throws BAD_USAGE. */
export function refuseBounds(asked: Resources): void {
  checkMemory(asked);
  checkTime(asked);
  const { CpusetCpus = '', CpusetMems = '', BlkioWeight = 0 } = asked;
  checkSet(CpusetCpus, 'cpuset cpus', 'CPUs', '/sys/devices/system/cpu/online');
  checkSet(CpusetMems, 'cpuset mems', 'memory nodes', '/sys/devices/system/node/online');
  if (BlkioWeight !== 0 && (BlkioWeight < 10 || BlkioWeight > 1000))
    throw wrong('Range of blkio weight is from 10 to 1000');
}

function checkMemory(asked: Resources): void {
  const { Memory = 0, MemorySwap = 0, MemoryReservation = 0, MemorySwappiness = -1, KernelMemory = 0 } = asked;
  if (Memory !== 0 && Memory < LEAST_MEMORY) throw wrong('Minimum memory limit allowed is 6MB');
  if (MemorySwap > 0 && MemorySwap < Memory)
    throw wrong('Minimum memoryswap limit should be larger than memory limit, see usage');
  if (MemorySwap > 0 && Memory === 0)
    throw wrong('You should always set the Memory limit when using Memoryswap limit, see usage');
  if (MemorySwappiness < -1 || MemorySwappiness > 100)
    throw wrong(`Invalid value: ${MemorySwappiness}, valid memory swappiness range is 0-100`);
  if (KernelMemory > 0 && KernelMemory < LEAST_MEMORY) throw wrong('Minimum kernel memory limit allowed is 6MB');
  if (MemoryReservation !== 0 && MemoryReservation < LEAST_MEMORY)
    throw wrong('Minimum memory reservation allowed is 6MB');
  if (Memory > 0 && MemoryReservation > Memory)
    throw wrong('Minimum memory limit can not be less than memory reservation limit, see usage');
}

/** `--cpus`, and a period or a quota, which say the same. Throws BAD_USAGE. */
export function refuseTwoWays({ NanoCpus = 0, CpuQuota = 0, CpuPeriod = 0 }: Resources): void {
  if (NanoCpus > 0 && CpuPeriod > 0) throw wrong('Conflicting options: Nano CPUs and CPU Period cannot both be set');
  if (NanoCpus > 0 && CpuQuota > 0) throw wrong('Conflicting options: Nano CPUs and CPU Quota cannot both be set');
}

function checkTime(asked: Resources): void {
  refuseTwoWays(asked);
  const { NanoCpus = 0, CpuQuota = 0, CpuPeriod = 0, CpuShares = 0 } = asked;
  if (NanoCpus !== 0) checkProcessors(NanoCpus);
  if (CpuPeriod !== 0 && (CpuPeriod < LEAST_US || CpuPeriod > MOST_US))
    throw wrong('CPU cfs period can not be less than 1ms (i.e. 1000) or larger than 1s (i.e. 1000000)');
  if (CpuQuota > 0 && CpuQuota < LEAST_US) throw wrong('CPU cfs quota can not be less than 1ms (i.e. 1000)');
  if (CpuShares < 0) throw wrong(`invalid CPU shares (${CpuShares}): value must be a positive integer`);
}

/** A hundredth of a processor: less would be a quota that the kernel refuses. */
const LEAST_NANO = 1e7;

// Asked for only where somebody has set a limit: Node reads /proc/cpuinfo each time.
function checkProcessors(nano: number): void {
  const there = cpus().length;
  if (nano < LEAST_NANO || nano > there * 1e9)
    throw wrong(`Range of CPUs is from 0.01 to ${there}.00, as there are only ${there} CPUs available`);
}

/** A set as cpuset(7) writes it, of which the machine has each member. */
function checkSet(text: string, what: string, members: string, file: string): void {
  if (text === '') return;
  const asked = rangesOf(text);
  if (!asked) throw wrong(`Invalid value ${text} for ${what}`, '0-3,7: numbers, and ranges of them');
  const available = readFileSync(file, 'utf8').trim();
  const there = rangesOf(available)!;
  if (!asked.every((range) => there.some(([from, to]) => range[0] >= from && range[1] <= to)))
    throw wrong(`Requested ${members} are not available - requested ${text}, available: ${available}`);
}

type Range = readonly [from: number, to: number];

/** Ranges are compared as such: `1-9000000000000` is no list of so many numbers. */
function rangesOf(text: string): Range[] | undefined {
  const ranges: Range[] = [];
  for (const part of text.split(',')) {
    const [, from, to = from] = /^\s*(\d{1,15})(?:-(\d{1,15}))?\s*$/.exec(part) ?? [];
    if (from === undefined || Number(to) < Number(from)) return undefined;
    ranges.push([Number(from), Number(to)]);
  }
  return ranges;
}

const wrong = (message: string, hint?: string): DrydockError => new DrydockError('BAD_USAGE', message, { hint });
