/** A sample of the engine's as a row of `stats`; cgroup v1 and v2 tell some things in different places. */
import type { Client } from '../../client/client.ts';
import { Refusal } from '../../client/failure.ts';
import { messages } from '../../client/messages.ts';
import type { Row } from '../format/listing.ts';
import { binarySize, humanSize } from '../format/units.ts';
import { shortId } from './shorten.ts';

interface Cpu {
  readonly cpu_usage: { readonly total_usage: number; readonly percpu_usage?: readonly number[] | null };
  readonly system_cpu_usage?: number;
  readonly online_cpus?: number;
}

export interface Sample {
  readonly id?: string;
  readonly name: string;
  readonly cpu_stats: Cpu;
  readonly precpu_stats: Cpu;
  readonly memory_stats: {
    readonly usage?: number;
    readonly limit?: number;
    readonly stats?: Readonly<Record<string, number>>;
  };
  readonly networks?: Readonly<Record<string, { readonly rx_bytes: number; readonly tx_bytes: number }>>;
  readonly blkio_stats: {
    readonly io_service_bytes_recursive?: readonly { readonly op: string; readonly value: number }[] | null;
  };
  readonly pids_stats: { readonly current?: number };
}

export function statsRow(container: string, sample: Sample, isWhole: boolean): Row {
  const used = memoryOf(sample);
  const { limit = 0 } = sample.memory_stats;
  const networks = Object.values(sample.networks ?? {});
  const bytes = (what: 'rx_bytes' | 'tx_bytes'): string => humanSize(networks.reduce((sum, one) => sum + one[what], 0));
  return {
    BlockIO: `${humanSize(blockBytes(sample, 'read'))} / ${humanSize(blockBytes(sample, 'write'))}`,
    CPUPerc: `${cpuPercent(sample).toFixed(2)}%`,
    Container: container,
    ID: isWhole ? (sample.id ?? '') : shortId(sample.id ?? ''),
    MemPerc: `${(limit === 0 ? 0 : (used / limit) * 100).toFixed(2)}%`,
    MemUsage: `${binarySize(used)} / ${binarySize(limit)}`,
    Name: sample.name.replace(/^\//, ''),
    NetIO: `${bytes('rx_bytes')} / ${bytes('tx_bytes')}`,
    PIDs: String(sample.pids_stats.current ?? 0),
  };
}

/** Before the first sample has come. */
export const unknownRow = (container: string): Row => ({
  ...{ Container: container, ID: container, Name: '--', CPUPerc: '--', MemPerc: '--', PIDs: '--' },
  ...{ MemUsage: '-- / --', NetIO: '--', BlockIO: '--' },
});

/** The cache that the kernel would give up at once does not count: it has a name in v1 and another one in v2. */
function memoryOf({ memory_stats: { usage = 0, stats = {} } }: Sample): number {
  const cache = stats.total_inactive_file ?? stats.inactive_file ?? 0;
  return cache < usage ? usage - cache : usage;
}

/** 100 is one processor. */
function cpuPercent({ cpu_stats: now, precpu_stats: before }: Sample): number {
  const used = now.cpu_usage.total_usage - before.cpu_usage.total_usage;
  const all = (now.system_cpu_usage ?? 0) - (before.system_cpu_usage ?? 0);
  const processors = now.online_cpus || now.cpu_usage.percpu_usage?.length || 0;
  return all > 0 && used > 0 ? (used / all) * processors * 100 : 0;
}

function blockBytes({ blkio_stats: { io_service_bytes_recursive: entries } }: Sample, operation: string): number {
  return (entries ?? []).filter(({ op }) => op.toLowerCase() === operation).reduce((sum, { value }) => sum + value, 0);
}

export interface Following {
  sample(): Sample | undefined;
  /** Why no more samples come, if it is the engine and not the container that has gone. */
  lost(): Error | undefined;
  end(): void;
}

/** Follows a container's samples. What goes wrong with it shows as a row that knows nothing: it may just have ended. */
export function latest(client: Client, name: string): Following {
  let last: Sample | undefined;
  let lost: Error | undefined;
  const giveUp = new AbortController();
  const follow = async (): Promise<void> => {
    const query = { stream: true };
    const stream = await client.stream('GET', `/containers/${encodeURIComponent(name)}/stats`, {
      query,
      signal: giveUp.signal,
    });
    for await (const sample of messages<Sample>(stream)) last = sample;
  };
  follow().catch((error: Error) => {
    if (!giveUp.signal.aborted && !(error instanceof Refusal)) lost = error;
  });
  return { sample: () => last, lost: () => lost, end: () => giveUp.abort() };
}
