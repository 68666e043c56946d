/** What concerns the machine that a container runs on. */
import type { MountRequest } from './mounts.ts';
import type { PortBinding } from './networks.ts';

/** What concerns this machine: limits, folders, networks, rights. */
export interface HostConfig extends Resources {
  Binds?: string[];
  ContainerIDFile?: string;
  LogConfig?: LogConfig;
  /** default, bridge, host, none, container:NAME, or a network's name. */
  NetworkMode?: string;
  PortBindings?: Record<string, PortBinding[]>;
  RestartPolicy?: RestartPolicy;
  AutoRemove?: boolean;
  VolumeDriver?: string;
  VolumesFrom?: string[];
  Mounts?: MountRequest[];
  CapAdd?: string[];
  CapDrop?: string[];
  CgroupnsMode?: 'host' | 'private' | '';
  Dns?: string[];
  DnsOptions?: string[];
  DnsSearch?: string[];
  ExtraHosts?: string[];
  GroupAdd?: string[];
  IpcMode?: string;
  Links?: string[];
  OomScoreAdj?: number;
  PidMode?: string;
  Privileged?: boolean;
  PublishAllPorts?: boolean;
  ReadonlyRootfs?: boolean;
  SecurityOpt?: string[];
  StorageOpt?: Record<string, string>;
  Tmpfs?: Record<string, string>;
  UTSMode?: string;
  UsernsMode?: string;
  ShmSize?: number;
  Sysctls?: Record<string, string>;
  Runtime?: string;
  /** Absent: Docker's lists. An empty list: nothing is covered. */
  MaskedPaths?: string[];
  ReadonlyPaths?: string[];
  Init?: boolean;
  ConsoleSize?: [rows: number, columns: number];
  Isolation?: string;
}

/** Limits; also what `update` changes. 0 is none, and so is -1 where a limit can be taken away. */
export interface Resources {
  CpuShares?: number;
  Memory?: number;
  NanoCpus?: number;
  CgroupParent?: string;
  BlkioWeight?: number;
  BlkioWeightDevice?: { Path: string; Weight: number }[];
  BlkioDeviceReadBps?: DeviceRate[];
  BlkioDeviceWriteBps?: DeviceRate[];
  BlkioDeviceReadIOps?: DeviceRate[];
  BlkioDeviceWriteIOps?: DeviceRate[];
  CpuPeriod?: number;
  CpuQuota?: number;
  CpuRealtimePeriod?: number;
  CpuRealtimeRuntime?: number;
  CpusetCpus?: string;
  CpusetMems?: string;
  Devices?: DeviceMapping[];
  DeviceCgroupRules?: string[];
  DeviceRequests?: { Driver?: string; Capabilities?: string[][] }[];
  KernelMemory?: number;
  KernelMemoryTCP?: number;
  MemoryReservation?: number;
  /** Of memory and swap together; -1: no limit of swap. */
  MemorySwap?: number;
  MemorySwappiness?: number;
  OomKillDisable?: boolean;
  PidsLimit?: number;
  Ulimits?: Ulimit[];
}

export interface DeviceRate {
  Path: string;
  Rate: number;
}

export interface DeviceMapping {
  PathOnHost: string;
  PathInContainer?: string;
  /** Some of r, w and m. */
  CgroupPermissions?: string;
}

export interface LogConfig {
  /** json-file, local or none. */
  Type?: string;
  Config?: Record<string, string>;
}

export interface RestartPolicy {
  /** `no`, `always`, `on-failure`, `unless-stopped`. */
  Name?: string;
  /** Of on-failure; 0: no end. */
  MaximumRetryCount?: number;
}

/** A limit of each process (setrlimit(2)); -1 is none. */
export interface Ulimit {
  readonly Name: string;
  readonly Soft: number;
  readonly Hard: number;
}
