/**
 * The limits that few containers have, as files of v1 and of v2: processors by number, real time, disks, huge pages,
 * the marks of network packets, RDMA. cgroup-limits.ts has the others, and how they are used.
 */
import { DrydockError } from '../errors.ts';
import { asked, type Writer } from './cgroup-limit.ts';
import type { Resources } from './resources.ts';

const throttles = [
  ['throttleReadBpsDevice', 'blkio.throttle.read_bps_device', 'rbps'],
  ['throttleWriteBpsDevice', 'blkio.throttle.write_bps_device', 'wbps'],
  ['throttleReadIOPSDevice', 'blkio.throttle.read_iops_device', 'riops'],
  ['throttleWriteIOPSDevice', 'blkio.throttle.write_iops_device', 'wiops'],
] as const;

export function seldomV1(limit: Writer, { memory, cpu, blockIO, hugepageLimits, network, rdma }: Resources): void {
  processors(limit, cpu);
  limit('memory', 'memory.kmem.tcp.limit_in_bytes', asked(memory?.kernelTCP), 'memory.kernelTCP');
  limit('memory', 'memory.swappiness', memory?.swappiness, 'memory.swappiness');
  limit('memory', 'memory.oom_control', memory?.disableOOMKiller ? 1 : undefined, 'memory.disableOOMKiller');
  limit('cpu', 'cpu.rt_period_us', asked(cpu?.realtimePeriod), 'cpu.realtimePeriod');
  limit('cpu', 'cpu.rt_runtime_us', asked(cpu?.realtimeRuntime), 'cpu.realtimeRuntime');
  limit('cpu', 'cpu.cfs_burst_us', cpu?.burst, 'cpu.burst');
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
  hugePages(limit, hugepageLimits, 'limit_in_bytes');
  limit('net_cls', 'net_cls.classid', asked(network?.classID), 'network.classID');
  for (const { name, priority } of network?.priorities ?? [])
    limit('net_prio', 'net_prio.ifpriomap', `${name} ${priority}`, 'network.priorities');
  for (const line of rdmaLines(rdma)) limit('rdma', 'rdma.max', line, 'rdma');
}

export function seldomV2(limit: Writer, { cpu, blockIO, hugepageLimits, rdma }: Resources): void {
  processors(limit, cpu);
  limit('cpu', 'cpu.max.burst', cpu?.burst, 'cpu.burst');
  limit('io', 'io.weight', blockIO?.weight ? `default ${ioWeight(blockIO.weight)}` : undefined, 'blockIO.weight');
  for (const { major, minor, weight } of blockIO?.weightDevice ?? [])
    limit('io', 'io.weight', weight && `${major}:${minor} ${ioWeight(weight)}`, 'blockIO.weightDevice');
  for (const [name, , key] of throttles)
    for (const { major, minor, rate } of blockIO?.[name] ?? [])
      limit('io', 'io.max', `${major}:${minor} ${key}=${rate || 'max'}`, `blockIO.${name}`);
  hugePages(limit, hugepageLimits, 'max');
  for (const line of rdmaLines(rdma)) limit('rdma', 'rdma.max', line, 'rdma');
}

/** Throws UNSUPPORTED for what v1 can do with packets. */
export function refuseNetwork({ network }: Resources): void {
  if (!network?.classID && !network?.priorities?.length) return;
  throw new DrydockError('UNSUPPORTED', 'linux.resources.network: cgroup v2 has neither net_cls nor net_prio', {
    isolator: 'cgroups',
    hint: 'leave it out; rules of the firewall can match a cgroup (nft: socket cgroupv2)',
  });
}

/** What has the same name in both. */
function processors(limit: Writer, cpu: Resources['cpu']): void {
  limit('cpuset', 'cpuset.cpus', cpu?.cpus || undefined, 'cpu.cpus');
  limit('cpuset', 'cpuset.mems', cpu?.mems || undefined, 'cpu.mems');
  limit('cpu', 'cpu.idle', cpu?.idle, 'cpu.idle');
}

function hugePages(limit: Writer, limits: Resources['hugepageLimits'] = [], file: string): void {
  for (const { pageSize, limit: bytes } of limits)
    limit('hugetlb', `hugetlb.${pageSize}.${file}`, bytes, 'hugepageLimits');
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

/** From 10…1000 to 1…10000. */
function ioWeight(weight: number): number {
  return 1 + Math.floor(((weight - 10) * 9999) / 990);
}
