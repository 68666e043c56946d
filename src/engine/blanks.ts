/**
 * What `inspect` shows of a container that nobody has said anything of. Docker's JSON has every field, with null, 0 or an
 * empty text in it: templates and programs ask for them without looking first (moby, api/types/container).
 */
import { hidden, untouchable } from '../runtime/default-spec.ts';
import { cgroupMode } from './spec/namespaces.ts';
import type { ContainerConfig, HostConfig, NetworkSettings } from './types.ts';

const host: Readonly<Record<string, unknown>> = {
  ...{ Binds: null, ContainerIDFile: '', VolumeDriver: '', VolumesFrom: null, CapAdd: null, CapDrop: null },
  ...{ Dns: null, DnsOptions: null, DnsSearch: null, ExtraHosts: null, GroupAdd: null, Cgroup: '', Links: null },
  ...{ AutoRemove: false, OomScoreAdj: 0, PidMode: '', Privileged: false, PublishAllPorts: false, PortBindings: {} },
  ...{ ReadonlyRootfs: false, SecurityOpt: null, UTSMode: '', UsernsMode: '', Runtime: 'drydock', Isolation: '' },
  ...{ ConsoleSize: [0, 0], CpuShares: 0, Memory: 0, NanoCpus: 0, CgroupParent: '', BlkioWeight: 0 },
  ...{ BlkioWeightDevice: null, BlkioDeviceReadBps: null, BlkioDeviceWriteBps: null },
  ...{ BlkioDeviceReadIOps: null, BlkioDeviceWriteIOps: null, CpuPeriod: 0, CpuQuota: 0, CpuRealtimePeriod: 0 },
  ...{ CpuRealtimeRuntime: 0, CpusetCpus: '', CpusetMems: '', Devices: null, DeviceCgroupRules: null },
  ...{ DeviceRequests: null, KernelMemory: 0, KernelMemoryTCP: 0, MemoryReservation: 0, MemorySwap: 0 },
  ...{ MemorySwappiness: null, OomKillDisable: false, PidsLimit: null, Ulimits: null, CpuCount: 0, CpuPercent: 0 },
  ...{ IOMaximumIOps: 0, IOMaximumBandwidth: 0 },
};

const config: Readonly<Record<string, unknown>> = {
  ...{ AttachStdin: false, AttachStdout: false, AttachStderr: false, Tty: false, OpenStdin: false, StdinOnce: false },
  ...{
    Volumes: null,
    Domainname: '',
    User: '',
    Env: [],
    Cmd: null,
    WorkingDir: '',
    Entrypoint: null,
    OnBuild: null,
    Labels: {},
  },
};

/** With every field that Docker's has. */
export function hostConfigShown(given: HostConfig): HostConfig {
  const paths = given.Privileged
    ? { MaskedPaths: null, ReadonlyPaths: null }
    : { MaskedPaths: hidden, ReadonlyPaths: untouchable };
  return { ...host, ...paths, ...said(given), CgroupnsMode: cgroupMode(given) } as HostConfig;
}

/** With every field that Docker's has. */
export const configShown = (given: ContainerConfig): ContainerConfig => ({ ...config, ...said(given) });

const network: Readonly<Record<string, unknown>> = {
  ...{ Bridge: '', SandboxID: '', HairpinMode: false, LinkLocalIPv6Address: '', LinkLocalIPv6PrefixLen: 0 },
  ...{ Ports: {}, SandboxKey: '', SecondaryIPAddresses: null, SecondaryIPv6Addresses: null, EndpointID: '' },
  ...{ Gateway: '', GlobalIPv6Address: '', GlobalIPv6PrefixLen: 0, IPAddress: '', IPPrefixLen: 0, IPv6Gateway: '' },
  MacAddress: '',
};

/** What a container has of one of its networks while it does not run. */
const endpoint: Readonly<Record<string, unknown>> = {
  ...{ IPAMConfig: null, Links: null, Aliases: null, NetworkID: '', EndpointID: '', Gateway: '', IPAddress: '' },
  ...{
    IPPrefixLen: 0,
    IPv6Gateway: '',
    GlobalIPv6Address: '',
    GlobalIPv6PrefixLen: 0,
    MacAddress: '',
    DriverOpts: null,
  },
};

/** With every field that Docker's has; what a container has of a network it has while it runs. */
export const networkShown = (given: NetworkSettings): NetworkSettings => ({
  ...network,
  ...said(given),
  Networks: networksShown(given.Networks),
});

/** The same of each network by its name. */
export const networksShown = (given: NetworkSettings['Networks']): NetworkSettings['Networks'] =>
  Object.fromEntries(Object.entries(given).map(([name, one]) => [name, { ...endpoint, ...said(one) }]));

const said = <T extends object>(given: T): T =>
  Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as T;
