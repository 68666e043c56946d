/**
 * Which limit is written to which file of a cgroup, in v1 and in v2 (kernel: Documentation/admin-guide/cgroup-v1 and
 * cgroup-v2.rst). Data in, data out: cgroup-setup.ts writes, cgroup-limits-seldom.ts has what few ask for.
 *
 * v2 measures some things in another way. Shares (2 to 262144) become a weight (1 to 10000) on the line through both
 * ends, as runc and crun have it; a limit of memory and swap together becomes one of swap alone; a quota and its period
 * are one line.
 */
import { DrydockError } from '../errors.ts';
import { asked, collect, type Limit, type Writer } from './cgroup-limit.ts';
import { refuseNetwork, seldomV1, seldomV2 } from './cgroup-limits-seldom.ts';
import type { Resources } from './resources.ts';

/** The files of v1, each in the hierarchy of its controller. */
export function limitsV1(resources: Resources): Limit[] {
  return collect((limit) => {
    usualV1(limit, resources);
    seldomV1(limit, resources);
  });
}

/** The files of v2, all in one cgroup. Throws UNSUPPORTED for what v2 has no word for. */
export function limitsV2(resources: Resources): Limit[] {
  refuseNetwork(resources);
  return collect((limit) => {
    usualV2(limit, resources);
    seldomV2(limit, resources);
  });
}

/** What containers are limited by most: memory, processor, processes. */
export function usualV2(limit: Writer, { memory, cpu, pids }: Resources): void {
  limit('memory', 'memory.max', most(memory?.limit), 'memory.limit');
  limit('memory', 'memory.swap.max', swapV2(memory), 'memory.swap');
  limit('memory', 'memory.low', most(memory?.reservation), 'memory.reservation');
  limit('cpu', 'cpu.weight', cpu?.shares ? weightOf(cpu.shares) : undefined, 'cpu.shares');
  limit('cpu', 'cpu.max', timeV2(cpu), 'cpu.quota');
  limit('pids', 'pids.max', most(pids?.limit), 'pids.limit');
}

/** The same on v1, where each controller has a tree of its own. */
export function usualV1(limit: Writer, { memory, cpu, pids }: Resources): void {
  limit('memory', 'memory.limit_in_bytes', asked(memory?.limit), 'memory.limit');
  limit('memory', 'memory.memsw.limit_in_bytes', swapV1(memory), 'memory.swap');
  limit('memory', 'memory.soft_limit_in_bytes', asked(memory?.reservation), 'memory.reservation');
  limit('cpu', 'cpu.shares', asked(cpu?.shares), 'cpu.shares');
  limit('cpu', 'cpu.cfs_period_us', asked(cpu?.period), 'cpu.period');
  limit('cpu', 'cpu.cfs_quota_us', asked(cpu?.quota), 'cpu.quota');
  limit('pids', 'pids.max', most(pids?.limit), 'pids.limit');
}

/** For a file whose word for no limit is `max`. */
function most(limit: number | undefined): string | undefined {
  if (!limit) return undefined;
  return limit < 0 ? 'max' : String(limit);
}

/** Without a limit of memory there can be none of memory and swap together. */
function swapV1(memory: Resources['memory']): number | undefined {
  if (memory?.limit === -1 && !memory.swap) return -1;
  return asked(memory?.swap);
}

/** Swap alone; in the config it is the limit of memory and swap together. */
export function swapV2(memory: Resources['memory']): string | undefined {
  const { limit = 0, swap = 0 } = memory ?? {};
  if (swap === 0) return limit === -1 ? 'max' : undefined;
  if (swap === -1) return 'max';
  if (limit <= 0) throw wrongSwap('a limit of swap needs one of memory');
  if (swap < limit) throw wrongSwap(`${swap} is less than memory.limit, ${limit}`);
  return String(swap - limit);
}

function wrongSwap(what: string): DrydockError {
  return new DrydockError('SPEC_INVALID', `linux.resources.memory.swap: ${what}`, {
    isolator: 'cgroups',
    hint: 'swap is the limit of memory and swap together, so at least memory.limit; -1 is none',
  });
}

/** From 2…262144 to 1…10000. */
export function weightOf(shares: number): number {
  const within = Math.min(Math.max(shares, 2), 262_144);
  return 1 + Math.floor(((within - 2) * 9999) / 262_142);
}

/** `50000 100000`, `max 100000`: microseconds in each period; the kernel's own period is 100000. */
export function timeV2(cpu: Resources['cpu']): string | undefined {
  const { quota = 0, period = 0 } = cpu ?? {};
  if (!quota && !period) return undefined;
  return `${quota > 0 ? quota : 'max'} ${period || 100_000}`;
}

/** Files that the config names itself. */
export function limitsNamed({ unified = {} }: Resources): Limit[] {
  return Object.entries(unified).map(([file, value]) => ({
    controller: 'unified',
    file,
    value,
    place: `linux.resources.unified.${file}`,
  }));
}
