/**
 * Which limit is written to which file of a cgroup, in v1 and in v2 (kernel: Documentation/admin-guide/cgroup-v1 and
 * cgroup-v2.rst). Data in, data out: cgroup-setup.ts writes.
 *
 * v2 measures some things in another way. Shares (2 to 262144) become a weight (1 to 10000) on the line through both
 * ends, as runc and crun have it; a limit of memory and swap together becomes one of swap alone.
 */
import { DrydockError } from '../errors.ts';
import type { Resources } from './resources.ts';

/** One value for one file of a controller. */
export interface Limit {
  /** As in /proc/cgroups; `unified` for a file that the config names itself. */
  readonly controller: string;
  readonly file: string;
  readonly value: string;
  /** Its place in the config, for the error. */
  readonly place: string;
}

type Writer = (controller: string, file: string, value: number | string | undefined, place: string) => void;

/** A list and the function that fills it; what is undefined is left out. */
function collect(fill: (limit: Writer) => void): Limit[] {
  const limits: Limit[] = [];
  fill((controller, file, value, place) => {
    if (value !== undefined) limits.push({ controller, file, value: String(value), place: `linux.resources.${place}` });
  });
  return limits;
}

/** 0 has always meant "not asked for" in this section. */
const asked = (value: number | undefined): number | undefined => value || undefined;

const throttles = [
  ['throttleReadBpsDevice', 'blkio.throttle.read_bps_device', 'rbps'],
  ['throttleWriteBpsDevice', 'blkio.throttle.write_bps_device', 'wbps'],
  ['throttleReadIOPSDevice', 'blkio.throttle.read_iops_device', 'riops'],
  ['throttleWriteIOPSDevice', 'blkio.throttle.write_iops_device', 'wiops'],
] as const;

/** The files of v1, each in the hierarchy of its controller. */
export function limitsV1({ memory, cpu, pids, blockIO, hugepageLimits, network, rdma }: Resources): Limit[] {
  return collect((limit) => {
    limit('cpuset', 'cpuset.cpus', cpu?.cpus || undefined, 'cpu.cpus');
    limit('cpuset', 'cpuset.mems', cpu?.mems || undefined, 'cpu.mems');
    limit('memory', 'memory.limit_in_bytes', asked(memory?.limit), 'memory.limit');
    limit('memory', 'memory.memsw.limit_in_bytes', swapV1(memory), 'memory.swap');
    limit('memory', 'memory.soft_limit_in_bytes', asked(memory?.reservation), 'memory.reservation');
    limit('memory', 'memory.kmem.tcp.limit_in_bytes', asked(memory?.kernelTCP), 'memory.kernelTCP');
    limit('memory', 'memory.swappiness', memory?.swappiness, 'memory.swappiness');
    limit('memory', 'memory.oom_control', memory?.disableOOMKiller ? 1 : undefined, 'memory.disableOOMKiller');
    limit('cpu', 'cpu.rt_period_us', asked(cpu?.realtimePeriod), 'cpu.realtimePeriod');
    limit('cpu', 'cpu.rt_runtime_us', asked(cpu?.realtimeRuntime), 'cpu.realtimeRuntime');
    limit('cpu', 'cpu.shares', asked(cpu?.shares), 'cpu.shares');
    limit('cpu', 'cpu.cfs_period_us', asked(cpu?.period), 'cpu.period');
    limit('cpu', 'cpu.cfs_quota_us', asked(cpu?.quota), 'cpu.quota');
    limit('cpu', 'cpu.cfs_burst_us', cpu?.burst, 'cpu.burst');
    limit('cpu', 'cpu.idle', cpu?.idle, 'cpu.idle');
    limit('pids', 'pids.max', most(pids?.limit), 'pids.limit');
    limit('blkio', 'blkio.weight', asked(blockIO?.weight), 'blockIO.weight');
    limit('blkio', 'blkio.leaf_weight', asked(blockIO?.leafWeight), 'blockIO.leafWeight');
    for (const { major, minor, weight, leafWeight } of blockIO?.weightDevice ?? []) {
      const device = `${major}:${minor}`;
      limit('blkio', 'blkio.weight_device', weight && `${device} ${weight}`, 'blockIO.weightDevice');
      limit('blkio', 'blkio.leaf_weight_device', leafWeight && `${device} ${leafWeight}`, 'blockIO.weightDevice');
    }
    for (const [name, file] of throttles)
      for (const { major, minor, rate } of blockIO?.[name] ?? [])
        limit('blkio', file, `${major}:${minor} ${rate}`, `blockIO.${name}`);
    for (const { pageSize, limit: bytes } of hugepageLimits ?? [])
      limit('hugetlb', `hugetlb.${pageSize}.limit_in_bytes`, bytes, 'hugepageLimits');
    limit('net_cls', 'net_cls.classid', asked(network?.classID), 'network.classID');
    for (const { name, priority } of network?.priorities ?? [])
      limit('net_prio', 'net_prio.ifpriomap', `${name} ${priority}`, 'network.priorities');
    for (const line of rdmaLines(rdma)) limit('rdma', 'rdma.max', line, 'rdma');
  });
}

/** Without a limit of memory there can be none of memory and swap together. */
function swapV1(memory: Resources['memory']): number | undefined {
  if (memory?.limit === -1 && !memory.swap) return -1;
  return asked(memory?.swap);
}

function most(limit: number | undefined): string | undefined {
  if (!limit) return undefined;
  return limit < 0 ? 'max' : String(limit);
}

function rdmaLines(rdma: Resources['rdma'] = {}): string[] {
  return Object.entries(rdma).map(([device, { hcaHandles, hcaObjects }]) =>
    [
      device,
      ...(hcaHandles === undefined ? [] : [`hca_handle=${hcaHandles}`]),
      ...(hcaObjects === undefined ? [] : [`hca_object=${hcaObjects}`]),
    ].join(' '),
  );
}

/** The files of v2, all in one cgroup. Throws UNSUPPORTED for what v2 has no word for. */
export function limitsV2({ memory, cpu, pids, blockIO, hugepageLimits, network, rdma }: Resources): Limit[] {
  if (network?.classID || network?.priorities?.length)
    throw new DrydockError('UNSUPPORTED', 'linux.resources.network: cgroup v2 has neither net_cls nor net_prio', {
      isolator: 'cgroups',
      hint: 'leave it out; rules of the firewall can match a cgroup (nft: socket cgroupv2)',
    });
  return collect((limit) => {
    limit('cpuset', 'cpuset.cpus', cpu?.cpus || undefined, 'cpu.cpus');
    limit('cpuset', 'cpuset.mems', cpu?.mems || undefined, 'cpu.mems');
    limit('memory', 'memory.max', most(memory?.limit), 'memory.limit');
    limit('memory', 'memory.swap.max', swapV2(memory), 'memory.swap');
    limit('memory', 'memory.low', most(memory?.reservation), 'memory.reservation');
    limit('cpu', 'cpu.weight', cpu?.shares ? weightOf(cpu.shares) : undefined, 'cpu.shares');
    limit('cpu', 'cpu.max', timeV2(cpu), 'cpu.quota');
    limit('cpu', 'cpu.max.burst', cpu?.burst, 'cpu.burst');
    limit('cpu', 'cpu.idle', cpu?.idle, 'cpu.idle');
    limit('pids', 'pids.max', most(pids?.limit), 'pids.limit');
    limit('io', 'io.weight', blockIO?.weight ? `default ${ioWeight(blockIO.weight)}` : undefined, 'blockIO.weight');
    for (const { major, minor, weight } of blockIO?.weightDevice ?? [])
      limit('io', 'io.weight', weight && `${major}:${minor} ${ioWeight(weight)}`, 'blockIO.weightDevice');
    for (const [name, , key] of throttles)
      for (const { major, minor, rate } of blockIO?.[name] ?? [])
        limit('io', 'io.max', `${major}:${minor} ${key}=${rate || 'max'}`, `blockIO.${name}`);
    for (const { pageSize, limit: bytes } of hugepageLimits ?? [])
      limit('hugetlb', `hugetlb.${pageSize}.max`, bytes, 'hugepageLimits');
    for (const line of rdmaLines(rdma)) limit('rdma', 'rdma.max', line, 'rdma');
  });
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

function swapV2(memory: Resources['memory']): string | undefined {
  const { limit = 0, swap = 0 } = memory ?? {};
  if (swap === 0) return limit === -1 ? 'max' : undefined;
  if (swap === -1) return 'max';
  const wrong = (what: string): DrydockError =>
    new DrydockError('SPEC_INVALID', `linux.resources.memory.swap: ${what}`, {
      isolator: 'cgroups',
      hint: 'swap is the limit of memory and swap together, so at least memory.limit; -1 is none',
    });
  if (limit <= 0) throw wrong('a limit of swap needs one of memory');
  if (swap < limit) throw wrong(`${swap} is less than memory.limit, ${limit}`);
  return String(swap - limit);
}

/** From 2…262144 to 1…10000. */
export function weightOf(shares: number): number {
  const within = Math.min(Math.max(shares, 2), 262_144);
  return 1 + Math.floor(((within - 2) * 9999) / 262_142);
}

/** From 10…1000 to 1…10000. */
function ioWeight(weight: number): number {
  return 1 + Math.floor(((weight - 10) * 9999) / 990);
}

/** `max 100000`, `50000 100000`; a period alone leaves the quota. */
function timeV2(cpu: Resources['cpu']): string | undefined {
  const { quota, period } = cpu ?? {};
  if (!quota && !period) return undefined;
  return `${quota && quota > 0 ? quota : 'max'} ${period || 100_000}`;
}
