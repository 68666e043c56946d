/** From the words of `create` and `run` to the API's request: Config, HostConfig and NetworkingConfig. */
import { resolve } from 'node:path';
import { deviceOf, type Device } from './device-options.ts';
import { environment, labels } from './env-file.ts';
import { CommandFailure } from './failure.ts';
import { pairOf } from './flags.ts';
import { endpointsOf, type NetworkWish } from './network-option.ts';
import { portsOf } from './port-options.ts';
import { securityOf } from './security-options.ts';
import type { ContainerValues } from './container-flags.ts';

export interface CreateRequest {
  readonly Image: string;
  readonly Tty: boolean;
  readonly OpenStdin: boolean;
  AttachStdin: boolean;
  AttachStdout: boolean;
  AttachStderr: boolean;
  StdinOnce: boolean;
  readonly HostConfig: { readonly AutoRemove: boolean } & Record<string, unknown>;
  readonly NetworkingConfig: object;
  readonly [field: string]: unknown;
}

/** `given` are the options that were typed, whatever their value. Throws what is wrong about them. */
export function requestOf(
  [image = '', ...args]: readonly string[],
  flags: ContainerValues,
  given: ReadonlySet<string>,
): CreateRequest {
  const binds = flags.volume.map(placed);
  const published = portsOf(flags.publish, flags.expose);
  const wishes = networksOf(flags);
  checkConflicts(flags);
  return {
    ...streamsOf(flags),
    Hostname: flags.hostname,
    Domainname: flags.domainname,
    User: flags.user,
    ExposedPorts: published.exposed,
    Env: environment(flags['env-file'], flags.env),
    Cmd: args.length > 0 ? args : null,
    Image: image,
    Volumes: Object.fromEntries(binds.filter((one) => !one.includes(':')).map((place) => [place, {}])),
    WorkingDir: flags.workdir,
    Entrypoint: given.has('entrypoint') ? [flags.entrypoint] : null,
    Labels: labels(flags['label-file'], flags.label),
    Healthcheck: healthOf(flags),
    MacAddress: flags['mac-address'] || undefined,
    StopSignal: flags['stop-signal'] || undefined,
    StopTimeout: flags['stop-timeout'],
    HostConfig: {
      ...resourcesOf(flags),
      ...placesOf(flags, binds),
      ...securityOf(flags['security-opt']),
      PortBindings: published.bindings,
      PublishAllPorts: flags['publish-all'],
      NetworkMode: wishes[0]?.target || 'default',
      ...namespacesOf(flags),
      Dns: flags.dns,
      DnsOptions: [...flags['dns-opt'], ...flags['dns-option']],
      DnsSearch: flags['dns-search'],
      ExtraHosts: listOrNull(flags['add-host']),
      Links: flags.link,
      ...lifeOf(flags, given),
    },
    NetworkingConfig: { EndpointsConfig: endpointsOf(wishes) },
  };
}

function streamsOf(
  flags: ContainerValues,
): Pick<CreateRequest, 'Tty' | 'OpenStdin' | 'AttachStdin' | 'AttachStdout' | 'AttachStderr' | 'StdinOnce'> {
  const named = flags.attach.map((name) => name.toLowerCase());
  const AttachStdin = flags.interactive || named.includes('stdin');
  return {
    Tty: flags.tty,
    OpenStdin: flags.interactive,
    AttachStdin,
    AttachStdout: named.length === 0 || named.includes('stdout'),
    AttachStderr: named.length === 0 || named.includes('stderr'),
    // Whoever came with the container takes its input along when it goes.
    StdinOnce: flags.interactive && AttachStdin,
  };
}

/** Limits, as `update` has them, too. */
export function resourcesOf(flags: ContainerValues): Record<string, unknown> {
  return {
    BlkioWeight: flags['blkio-weight'] ?? 0,
    BlkioWeightDevice: flags['blkio-weight-device'],
    BlkioDeviceReadBps: flags['device-read-bps'],
    BlkioDeviceReadIOps: flags['device-read-iops'],
    BlkioDeviceWriteBps: flags['device-write-bps'],
    BlkioDeviceWriteIOps: flags['device-write-iops'],
    CgroupParent: flags['cgroup-parent'],
    CpuPeriod: flags['cpu-period'] ?? 0,
    CpuQuota: flags['cpu-quota'] ?? 0,
    CpuRealtimePeriod: flags['cpu-rt-period'] ?? 0,
    CpuRealtimeRuntime: flags['cpu-rt-runtime'] ?? 0,
    CpuShares: flags['cpu-shares'] ?? 0,
    NanoCpus: flags.cpus ?? 0,
    CpusetCpus: flags['cpuset-cpus'],
    CpusetMems: flags['cpuset-mems'],
    DeviceCgroupRules: listOrNull(flags['device-cgroup-rule']),
    Devices: devicesOf(flags.device),
    KernelMemory: flags['kernel-memory'] ?? 0,
    Memory: flags.memory ?? 0,
    MemoryReservation: flags['memory-reservation'] ?? 0,
    MemorySwap: flags['memory-swap'] ?? 0,
    MemorySwappiness: swappiness(flags['memory-swappiness']),
    OomKillDisable: flags['oom-kill-disable'],
    PidsLimit: flags['pids-limit'] ?? 0,
    Ulimits: [...flags.ulimit].sort((a, b) => (a.Name < b.Name ? -1 : 1)),
  };
}

function devicesOf(words: readonly string[]): Device[] {
  try {
    return words.map(deviceOf);
  } catch (error) {
    throw wrong((error as Error).message);
  }
}

/** -1 is the machine's own. */
function swappiness(value = -1): number {
  if (value < -1 || value > 100) throw wrong(`invalid value: ${value}. Valid memory swappiness range is 0-100`);
  return value;
}

function placesOf(flags: ContainerValues, binds: readonly string[]): Record<string, unknown> {
  const tmpfs = flags.tmpfs.map((text) => {
    const colon = text.indexOf(':');
    return colon < 0 ? [text, ''] : [text.slice(0, colon), text.slice(colon + 1)];
  });
  return {
    Binds: listOrNull(binds.filter((one) => one.includes(':'))),
    Mounts: flags.mount.length > 0 ? flags.mount : undefined,
    Tmpfs: tmpfs.length > 0 ? Object.fromEntries(tmpfs) : undefined,
    VolumesFrom: listOrNull(flags['volumes-from']),
    VolumeDriver: flags['volume-driver'],
    ShmSize: flags['shm-size'] ?? 0,
    StorageOpt: flags['storage-opt'].length > 0 ? Object.assign({}, ...flags['storage-opt'].map(pairOf)) : undefined,
    ReadonlyRootfs: flags['read-only'],
  };
}

function namespacesOf(flags: ContainerValues): Record<string, unknown> {
  const isContainer = (mode: string): boolean => /^container:./.test(mode);
  const check = (name: 'pid' | 'uts' | 'userns' | 'cgroupns', kind: string, ...modes: string[]): string => {
    const mode = flags[name];
    if (!['', ...modes].includes(mode) && !(name === 'pid' && isContainer(mode)))
      throw wrong(`--${name}: invalid ${kind} mode`);
    return mode;
  };
  return {
    PidMode: check('pid', 'PID', 'host'),
    UTSMode: check('uts', 'UTS', 'host'),
    UsernsMode: check('userns', 'USER', 'host'),
    CgroupnsMode: check('cgroupns', 'CGROUP', 'host', 'private'),
    IpcMode: flags.ipc,
    Isolation: flags.isolation,
  };
}

function lifeOf(flags: ContainerValues, given: ReadonlySet<string>): { AutoRemove: boolean } & Record<string, unknown> {
  return {
    AutoRemove: flags.rm,
    ContainerIDFile: flags.cidfile,
    LogConfig: { Type: flags['log-driver'], Config: Object.assign({}, ...flags['log-opt'].map(pairOf)) as object },
    RestartPolicy: restartOf(flags.restart),
    Init: given.has('init') ? flags.init : undefined,
    Privileged: flags.privileged,
    Runtime: flags.runtime || undefined,
    ...capabilitiesOf(flags['cap-add'], flags['cap-drop']),
    GroupAdd: listOrNull(flags['group-add']),
    OomScoreAdj: flags['oom-score-adj'] ?? 0,
    Sysctls: Object.keys(flags.sysctl).length > 0 ? flags.sysctl : undefined,
    Annotations: Object.keys(flags.annotation).length > 0 ? flags.annotation : undefined,
  };
}

/** As the kernel names them, in their order; what is added is not dropped, and ALL is all. */
function capabilitiesOf(
  add: readonly string[],
  drop: readonly string[],
): Record<'CapAdd' | 'CapDrop', readonly string[] | null> {
  const named = (words: readonly string[]): string[] => {
    const names = words.map((word) => word.trim().toUpperCase());
    if (names.includes('ALL')) return ['ALL'];
    return [...new Set(names.map((name) => (name.startsWith('CAP_') ? name : `CAP_${name}`)))].sort();
  };
  const added = named(add);
  return { CapAdd: listOrNull(added), CapDrop: listOrNull(named(drop).filter((name) => !added.includes(name))) };
}

/** `on-failure:3`. */
export function restartOf(text: string): { Name: string; MaximumRetryCount: number } {
  const [Name = '', count, ...more] = text.split(':');
  if (text !== '' && (Name === '' || more.length > 0))
    throw wrong(`invalid restart policy format: ${Name ? '' : 'no policy provided before colon'}`);
  if (count !== undefined && !/^\d+$/.test(count))
    throw wrong('invalid restart policy format: maximum retry count must be an integer');
  return { Name, MaximumRetryCount: Number(count ?? 0) };
}

function healthOf(flags: ContainerValues): object | undefined {
  const {
    'health-cmd': command,
    'health-interval': Interval,
    'health-timeout': Timeout,
    'health-retries': Retries,
  } = flags;
  const { 'health-start-period': StartPeriod, 'health-start-interval': StartInterval } = flags;
  const isAsked = [command, Interval, Timeout, Retries, StartPeriod, StartInterval].some(Boolean);
  if (flags['no-healthcheck'] && isAsked) throw wrong('--no-healthcheck conflicts with --health-* options');
  if (flags['no-healthcheck']) return { Test: ['NONE'] };
  if (!isAsked) return undefined;
  for (const [name, value] of Object.entries({
    interval: Interval,
    timeout: Timeout,
    retries: Retries,
    'start-period': StartPeriod,
  }))
    if ((value ?? 0) < 0) throw wrong(`--health-${name} cannot be negative`);
  return { Test: command ? ['CMD-SHELL', command] : undefined, Interval, Timeout, Retries, StartPeriod, StartInterval };
}

/** The older options are about the first network. */
function networksOf(flags: ContainerValues): NetworkWish[] {
  const [first, ...others] = [...flags.net, ...flags.network];
  const one: NetworkWish = first ?? { target: 'default', aliases: [], links: [], linkLocal: [] };
  const aliases = [...flags['net-alias'], ...flags['network-alias']];
  const isTwice = (old: unknown, own: unknown): boolean => Boolean(old) && Boolean(own);
  for (const [name, what, old, own] of [
    ['network-alias', 'alias', aliases.length, one.aliases.length],
    ['ip', 'IPv4 address', flags.ip, one.ip],
    ['ip6', 'IPv6 address', flags.ip6, one.ip6],
  ] as const)
    if (isTwice(old, own)) throw wrong(`conflicting options: cannot specify both --${name} and per-network ${what}`);
  const wish = {
    ...one,
    aliases: [...one.aliases, ...aliases],
    links: [...one.links, ...flags.link],
    linkLocal: [...one.linkLocal, ...flags['link-local-ip']],
    ip: one.ip ?? flags.ip,
    ip6: one.ip6 ?? flags.ip6,
    mac: one.mac ?? flags['mac-address'],
  };
  return [wish, ...others];
}

/** A volume, or a folder of ours and its place: `.` and `./x` are looked up from here. */
function placed(text: string): string {
  const [source = '', ...rest] = text.split(':');
  if (text === '' || (rest.length > 0 && (source === '' || rest[0] === '')))
    throw wrong(`invalid spec: ${text}: empty section between colons`);
  return rest.length > 0 && /^\.\.?(\/|$)/.test(source) ? [resolve(source), ...rest].join(':') : text;
}

function checkConflicts(flags: ContainerValues): void {
  if (flags.rm && !['', 'no'].includes(restartOf(flags.restart).Name))
    throw wrong('conflicting options: cannot specify both --restart and --rm');
  if (flags.gpus.length > 0)
    throw wrong(`--gpus ${flags.gpus[0]}: no graphics processors can be given to a container here`);
  if (flags['use-api-socket'])
    throw wrong('--use-api-socket: the engine is not given to a container; mount its socket with -v if you must');
  const mac = flags['mac-address'];
  if (mac && !/^[0-9a-fA-F]{2}([:-][0-9a-fA-F]{2}){5}$/.test(mac)) throw wrong(`${mac} is not a valid mac address`);
}

/** Of a list that nobody has asked for Docker says null, and an engine keeps it as it comes. */
const listOrNull = <T>(list: readonly T[]): readonly T[] | null => (list.length > 0 ? list : null);

const wrong = (message: string): CommandFailure => new CommandFailure(message, 125);
