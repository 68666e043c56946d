/**
 * What a container has used so far, from the files of its cgroups: the shape that `runc events --stats` prints, which
 * callers of runtimes read.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Place } from './cgroup-setup.ts';
import { processesIn } from './cgroupfs.ts';
import { cgroupsOf, noCgroups } from './existing.ts';
import { directoriesOf, placeOf } from './isolators/cgroups.ts';
import { statusOf } from './lifecycle.ts';
import * as saved from './state.ts';

export interface Stats {
  /** Nanoseconds. */
  cpu: {
    usage: { total: number; percpu?: number[]; kernel: number; user: number };
    throttling: { periods: number; throttledPeriods: number; throttledTime: number };
  };
  /** Bytes. */
  memory: {
    cache: number;
    usage: Usage;
    swap: Usage;
    kernel: Usage;
    kernelTCP: Usage;
    raw: Record<string, number>;
  };
  pids: { current: number; limit: number };
  blkio: { ioServiceBytesRecursive: BlockCount[]; ioServicedRecursive: BlockCount[] };
  hugetlb: Record<string, Usage>;
}

export interface Usage {
  limit?: number;
  usage: number;
  max?: number;
  failcnt: number;
}

interface BlockCount {
  major: number;
  minor: number;
  op: string;
  value: number;
}

/** The numbers of a container that exists. Throws NO_SUCH_CONTAINER, UNSUPPORTED. */
export function stats(run: string, id: string): Stats {
  saved.readState(run, id);
  const claim = saved.readClaims(saved.stateDir(run, id))?.claims.cgroups;
  if (directoriesOf(claim).length === 0) throw noCgroups('count', id);
  return statsOf(placeOf(claim));
}

/** Pids of everything in a container, as we know them. Throws NO_SUCH_CONTAINER. */
export function pidsOfContainer(run: string, id: string): number[] {
  const state = saved.readState(run, id);
  const all = cgroupsOf(saved.stateDir(run, id)).flatMap(processesIn);
  const found = [...new Set(all)].sort((a, b) => a - b);
  return found.length || statusOf(state) === 'stopped' ? found : [state.pid];
}

function statsOf({ controllers, unified }: Place): Stats {
  const at = (controller: string): string | undefined => controllers[controller] ?? unified?.directory;
  const isOld = (controller: string): boolean => controllers[controller] !== undefined;
  return {
    cpu: cpuOf(at('cpu'), at('cpuacct'), isOld('cpu')),
    memory: isOld('memory') ? memoryV1(controllers.memory!) : memoryV2(unified?.directory),
    pids: pidsOf(at('pids')),
    blkio: isOld('blkio') ? blockV1(controllers.blkio!) : blockV2(unified?.directory),
    hugetlb: hugePagesOf(at('hugetlb')),
  };
}

function cpuOf(cpu = '', account = '', isOld: boolean): Stats['cpu'] {
  const now = table(join(cpu, 'cpu.stat'));
  const throttling = {
    periods: now.nr_periods ?? 0,
    throttledPeriods: now.nr_throttled ?? 0,
    throttledTime: now.throttled_time ?? (now.throttled_usec ?? 0) * 1000,
  };
  if (!isOld || !existsSync(join(account, 'cpuacct.usage'))) {
    const [total, kernel, user] = ['usage', 'system', 'user'].map((name) => (now[`${name}_usec`] ?? 0) * 1000);
    return { usage: { total: total!, kernel: kernel!, user: user! }, throttling };
  }
  const parts = table(join(account, 'cpuacct.stat')); // in ticks of 10 ms
  return {
    usage: {
      total: numberIn(join(account, 'cpuacct.usage')),
      percpu: (linesOf(join(account, 'cpuacct.usage_percpu'))[0] ?? '').trim().split(' ').filter(Boolean).map(Number),
      kernel: (parts.system ?? 0) * 1e7,
      user: (parts.user ?? 0) * 1e7,
    },
    throttling,
  };
}

function memoryV1(directory: string): Stats['memory'] {
  const usage = (prefix: string): Usage => usageV1(join(directory, prefix));
  const raw = table(join(directory, 'memory.stat'));
  return {
    cache: raw.cache ?? 0,
    usage: usage('memory'),
    swap: usage('memory.memsw'),
    kernel: usage('memory.kmem'),
    kernelTCP: usage('memory.kmem.tcp'),
    raw,
  };
}

function memoryV2(directory = ''): Stats['memory'] {
  const events = table(join(directory, 'memory.events'));
  const usage = (prefix: string): Usage => ({
    limit: numberIn(join(directory, `${prefix}.max`)),
    usage: numberIn(join(directory, `${prefix}.current`)),
    max: numberIn(join(directory, `${prefix}.peak`)),
    failcnt: events.max ?? 0,
  });
  const raw = table(join(directory, 'memory.stat'));
  const none: Usage = { usage: 0, failcnt: 0 };
  return {
    cache: raw.file ?? 0,
    usage: usage('memory'),
    swap: usage('memory.swap'),
    kernel: none,
    kernelTCP: none,
    raw,
  };
}

function pidsOf(directory = ''): Stats['pids'] {
  return { current: numberIn(join(directory, 'pids.current')), limit: numberIn(join(directory, 'pids.max')) };
}

/** `8:0 Read 4096`, and a line `Total`. */
function blockV1(directory: string): Stats['blkio'] {
  const counts = (file: string): BlockCount[] =>
    linesOf(join(directory, file)).flatMap((line) => {
      const [, major, minor, op, value] = /^(\d+):(\d+) (\w+) (\d+)$/.exec(line) ?? [];
      return op === undefined ? [] : [{ major: Number(major), minor: Number(minor), op, value: Number(value) }];
    });
  return {
    ioServiceBytesRecursive: counts('blkio.throttle.io_service_bytes_recursive'),
    ioServicedRecursive: counts('blkio.throttle.io_serviced_recursive'),
  };
}

/** `8:0 rbytes=4096 wbytes=0 rios=1 wios=0 …`. */
function blockV2(directory = ''): Stats['blkio'] {
  const counts = (pairs: readonly (readonly [key: string, op: string])[]): BlockCount[] =>
    linesOf(join(directory, 'io.stat')).flatMap((line) => {
      const [, major, minor] = /^(\d+):(\d+) /.exec(line) ?? [];
      return pairs.flatMap(([key, op]) => {
        const [, value] = new RegExp(` ${key}=(\\d+)`).exec(line) ?? [];
        return value === undefined ? [] : [{ major: Number(major), minor: Number(minor), op, value: Number(value) }];
      });
    });
  return {
    ioServiceBytesRecursive: counts([
      ['rbytes', 'Read'],
      ['wbytes', 'Write'],
    ]),
    ioServicedRecursive: counts([
      ['rios', 'Read'],
      ['wios', 'Write'],
    ]),
  };
}

/** By the size of a page (`2MB`), each size that the machine has. */
function hugePagesOf(directory: string | undefined): Stats['hugetlb'] {
  if (directory === undefined || !existsSync(directory)) return {};
  const sizes = readdirSync(directory).flatMap(
    (name) => /^hugetlb\.(\w+)\.(?:limit_in_bytes|max)$/.exec(name)?.[1] ?? [],
  );
  const usageOf = (size: string): Usage => {
    const at = (name: string): string => join(directory, `hugetlb.${size}.${name}`);
    if (!existsSync(at('max'))) return usageV1(join(directory, `hugetlb.${size}`));
    return { limit: numberIn(at('max')), usage: numberIn(at('current')), failcnt: table(at('events')).max ?? 0 };
  };
  return Object.fromEntries(sizes.map((size) => [size, usageOf(size)]));
}

/** The four files that v1 has of whatever it counts in bytes. */
function usageV1(prefix: string): Usage {
  return {
    limit: numberIn(`${prefix}.limit_in_bytes`),
    usage: numberIn(`${prefix}.usage_in_bytes`),
    max: numberIn(`${prefix}.max_usage_in_bytes`),
    failcnt: numberIn(`${prefix}.failcnt`),
  };
}

// A file that this kernel or this hierarchy lacks counts nothing.
function linesOf(path: string): string[] {
  try {
    return readFileSync(path, 'utf8').split('\n').filter(Boolean);
  } catch {
    return [];
  }
}

/** 0 for `max`: no limit, as runc has it. */
function numberIn(path: string): number {
  const value = Number(linesOf(path)[0] ?? 0);
  return Number.isFinite(value) ? value : 0;
}

/** `name number` on each line. */
function table(path: string): Record<string, number> {
  return Object.fromEntries(linesOf(path).map((line) => [line.split(' ')[0]!, Number(line.split(' ')[1])]));
}
