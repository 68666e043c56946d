/**
 * `stats`: what a container uses now, and what it used a moment ago, so that whoever reads it can say how much of the
 * machine that is. Counters only grow; a share is a difference of two readings, divided by that of the machine's own.
 *
 * The numbers are those of its cgroups (src/runtime/stats.ts) and of its network devices (/proc/PID/net/dev).
 */
import { readFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { DrydockError } from '../errors.ts';
import { stats, type Stats } from '../runtime/stats.ts';
import type { Container } from './container.ts';
import type { Engine } from './engine.ts';
import type { ContainerRecord } from './types.ts';

interface CpuStats {
  cpu_usage: {
    total_usage: number;
    percpu_usage?: number[];
    usage_in_kernelmode: number;
    usage_in_usermode: number;
  };
  /** Of the machine, in nanoseconds of all its processors. */
  system_cpu_usage?: number;
  online_cpus?: number;
  throttling_data: { periods: number; throttled_periods: number; throttled_time: number };
}

type BlockCounts = Stats['blkio']['ioServicedRecursive'] | null;

interface NetworkCounts {
  rx_bytes: number;
  rx_packets: number;
  rx_errors: number;
  rx_dropped: number;
  tx_bytes: number;
  tx_packets: number;
  tx_errors: number;
  tx_dropped: number;
}

/** A reading, as `GET /containers/{c}/stats` answers it. */
export interface ContainerStats {
  read: string;
  preread: string;
  name: string;
  id: string;
  pids_stats: { current?: number; limit?: number };
  cpu_stats: CpuStats;
  precpu_stats: CpuStats;
  memory_stats: { usage?: number; max_usage?: number; stats?: Record<string, number>; limit?: number };
  blkio_stats: { io_service_bytes_recursive: BlockCounts; io_serviced_recursive: BlockCounts };
  networks?: Record<string, NetworkCounts>;
  num_procs: 0;
  storage_stats: object;
}

export interface StatsWanted {
  /** Again each second, until the container is removed; else once. */
  readonly stream?: boolean;
  /** At once, and with nothing to compare it to. */
  readonly oneShot?: boolean;
}

const PERIOD_MS = 1000;

/** Throws NO_SUCH_CONTAINER at the call. One that does not run uses nothing. */
export function containerStats(
  engine: Engine,
  name: string,
  { stream = false, oneShot = false }: StatsWanted = {},
): AsyncGenerator<ContainerStats> {
  const container = engine.containers.find(name);
  return readings(engine, container, { stream, oneShot: oneShot && !stream });
}

async function* readings(
  engine: Engine,
  container: Container,
  { stream, oneShot }: Required<StatsWanted>,
): AsyncGenerator<ContainerStats> {
  const isThere = (): boolean => engine.containers.get(container.id) !== undefined;
  let before = oneShot || !container.record.State.Running ? undefined : reading(engine, container);
  do {
    if (before) await sleep(PERIOD_MS);
    const now = reading(engine, container);
    if (before) Object.assign(now, { preread: before.read, precpu_stats: before.cpu_stats });
    yield now;
    before = now;
  } while (stream && isThere());
}

const never = '0001-01-01T00:00:00Z';

function reading({ run }: Engine, { id, record }: Container): ContainerStats {
  const found = record.State.Running ? unlessEnded(() => stats(run, id)) : undefined;
  const idle: CpuStats = {
    cpu_usage: { total_usage: 0, usage_in_kernelmode: 0, usage_in_usermode: 0 },
    throttling_data: { periods: 0, throttled_periods: 0, throttled_time: 0 },
  };
  return {
    read: found ? new Date().toISOString() : never,
    preread: never,
    name: `/${record.Name}`,
    id,
    pids_stats: found ? { current: found.pids.current, limit: found.pids.limit || undefined } : {},
    cpu_stats: found ? cpuOf(found) : idle,
    precpu_stats: idle,
    memory_stats: found ? memoryOf(found) : {},
    blkio_stats: {
      io_service_bytes_recursive: found?.blkio.ioServiceBytesRecursive ?? null,
      io_serviced_recursive: found?.blkio.ioServicedRecursive ?? null,
    },
    networks: found ? networksOf(record) : undefined,
    num_procs: 0,
    storage_stats: {},
  };
}

/** A container may end between our look at its record and that at its cgroups. */
function unlessEnded<T>(body: () => T): T | undefined {
  try {
    return body();
  } catch (error) {
    if (error instanceof DrydockError && error.code === 'NO_SUCH_CONTAINER') return undefined;
    throw error;
  }
}

function cpuOf({ cpu: { usage, throttling } }: Stats): CpuStats {
  return {
    cpu_usage: {
      total_usage: usage.total,
      percpu_usage: usage.percpu,
      usage_in_kernelmode: usage.kernel,
      usage_in_usermode: usage.user,
    },
    system_cpu_usage: machinesTime(),
    online_cpus: cpus().length,
    throttling_data: {
      periods: throttling.periods,
      throttled_periods: throttling.throttledPeriods,
      throttled_time: throttling.throttledTime,
    },
  };
}

const NANOSECONDS_A_TICK = 1e7;

/** `cpu user nice system idle iowait irq softirq …` of /proc/stat, in ticks of 10 ms; what guests have is in user already. */
function machinesTime(): number {
  const [, ...ticks] = readFileSync('/proc/stat', 'utf8').split('\n', 1)[0]!.trim().split(/\s+/);
  return ticks.slice(0, 7).reduce((sum, text) => sum + Number(text), 0) * NANOSECONDS_A_TICK;
}

/** Without a limit the machine is it. v1 writes a number near 2⁶³ for none. */
function memoryOf({ memory: { usage, raw } }: Stats): ContainerStats['memory_stats'] {
  const limit = Math.min(usage.limit || Infinity, totalmem());
  return { usage: usage.usage, max_usage: usage.max || undefined, stats: raw, limit };
}

/** Of its own network only: the host's devices are not the container's doing. */
function networksOf({ State, HostConfig }: ContainerRecord): ContainerStats['networks'] {
  if (HostConfig.NetworkMode === 'host') return undefined;
  const lines =
    unlessGone(() => readFileSync(`/proc/${State.Pid}/net/dev`, 'utf8'))
      ?.split('\n')
      .slice(2) ?? [];
  const devices = lines.flatMap((line) => {
    const [name = '', counts = ''] = line.split(':');
    const isOwn = counts !== '' && name.trim() !== 'lo';
    return isOwn ? [[name.trim(), countsOf(counts.trim().split(/\s+/).map(Number))] as const] : [];
  });
  return devices.length > 0 ? Object.fromEntries(devices) : undefined;
}

/** Bytes, packets, errors and drops received, four more numbers, and the same sent. */
function countsOf(numbers: readonly number[]): NetworkCounts {
  const [rx_bytes = 0, rx_packets = 0, rx_errors = 0, rx_dropped = 0] = numbers;
  const [tx_bytes = 0, tx_packets = 0, tx_errors = 0, tx_dropped = 0] = numbers.slice(8);
  return { rx_bytes, rx_packets, rx_errors, rx_dropped, tx_bytes, tx_packets, tx_errors, tx_dropped };
}

function unlessGone<T>(body: () => T): T | undefined {
  try {
    return body();
  } catch (error) {
    if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
}
