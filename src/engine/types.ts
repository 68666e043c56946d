/**
 * The JSON that the engine takes and gives: Docker's Engine API, version 1.41, as far as it is obeyed here.
 *
 * Names are Docker's, with their capitals, because the same objects go over the wire and into container.json: nothing is
 * translated, so nothing is lost in translation. What is absent is Docker's default; a `null` of a client that is written
 * in Go has been read as absent (src/api/schemas). Times are RFC 3339, amounts are bytes, and ids are 64 hex digits.
 *
 * One file although it is long: these are one document, and whoever looks a field up looks here.
 *
 * https://docs.docker.com/reference/api/engine/version/v1.41/
 */

import type { Account } from '../runtime/account.ts';

/** Go's way to write a set: `{"80/tcp": {}}`. */
export type Names = Record<string, object>;

/** Of `GET …?filters=`, whatever form they came in: `{ status: ['running'], label: ['a', 'b=c'] }`. */
export type Filters = Readonly<Record<string, readonly string[]>>;

/** What concerns the inside of a container, and moves with it to another machine. */
export interface ContainerConfig {
  Hostname?: string;
  Domainname?: string;
  User?: string;
  AttachStdin?: boolean;
  AttachStdout?: boolean;
  AttachStderr?: boolean;
  ExposedPorts?: Names;
  Tty?: boolean;
  OpenStdin?: boolean;
  /** The input ends when the first client that was attached to it goes. */
  StdinOnce?: boolean;
  Env?: string[];
  Cmd?: string[];
  Healthcheck?: HealthConfig;
  /** As it was typed. */
  Image: string;
  Volumes?: Names;
  WorkingDir?: string;
  /** An empty list is no entrypoint, and takes the image's away; absent is the image's. */
  Entrypoint?: string[];
  NetworkDisabled?: boolean;
  MacAddress?: string;
  OnBuild?: string[];
  Labels?: Record<string, string>;
  StopSignal?: string;
  /** Seconds. */
  StopTimeout?: number;
  Shell?: string[];
}

/** Nanoseconds. `Test` begins with NONE, CMD or CMD-SHELL; empty is the image's. */
export interface HealthConfig {
  Test?: string[];
  Interval?: number;
  Timeout?: number;
  Retries?: number;
  StartPeriod?: number;
}

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
  DeviceRequests?: object[];
  KernelMemory?: number;
  KernelMemoryTCP?: number;
  MemoryReservation?: number;
  /** Of memory and swap together; -1: no limit of swap. */
  MemorySwap?: number;
  MemorySwappiness?: number;
  OomKillDisable?: boolean;
  PidsLimit?: number;
  Ulimits?: { Name: string; Soft: number; Hard: number }[];
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
  /** json-file or none. */
  Type?: string;
  Config?: Record<string, string>;
}

export interface PortBinding {
  HostIp?: string;
  /** A port, a range, or nothing: any that is free. */
  HostPort?: string;
}

export interface RestartPolicy {
  Name?: '' | 'no' | 'always' | 'on-failure' | 'unless-stopped';
  /** Of on-failure; 0: no end. */
  MaximumRetryCount?: number;
}

/** `--mount`. */
export interface MountRequest {
  Type: 'bind' | 'volume' | 'tmpfs' | 'npipe';
  Source?: string;
  Target: string;
  ReadOnly?: boolean;
  Consistency?: string;
  BindOptions?: {
    Propagation?: string;
    NonRecursive?: boolean;
    CreateMountpoint?: boolean;
    /** What is mounted below a read-only mount: writable, or else an error where the kernel cannot make it read-only. */
    ReadOnlyNonRecursive?: boolean;
    ReadOnlyForceRecursive?: boolean;
  };
  VolumeOptions?: {
    NoCopy?: boolean;
    Labels?: Record<string, string>;
    DriverConfig?: { Name?: string; Options?: Record<string, string> };
  };
  TmpfsOptions?: { SizeBytes?: number; Mode?: number };
}

/** A folder of the host's that a container has, as `inspect` lists it (`Mounts`) and container.json keeps it. */
export interface MountPoint {
  Type: 'bind' | 'volume' | 'tmpfs';
  /** Of the volume. */
  Name?: string;
  Source: string;
  Destination: string;
  Driver?: string;
  /** As in `-v a:b:MODE`. */
  Mode: string;
  RW: boolean;
  Propagation: string;
}

/** A container's place in a network: what was asked, and once it is connected what it got. */
export interface EndpointSettings {
  IPAMConfig?: { IPv4Address?: string; IPv6Address?: string; LinkLocalIPs?: string[] };
  Links?: string[];
  Aliases?: string[];
  DriverOpts?: Record<string, string>;
  NetworkID?: string;
  EndpointID?: string;
  Gateway?: string;
  IPAddress?: string;
  IPPrefixLen?: number;
  IPv6Gateway?: string;
  GlobalIPv6Address?: string;
  GlobalIPv6PrefixLen?: number;
  MacAddress?: string;
}

export interface NetworkSettings {
  Bridge?: string;
  SandboxID?: string;
  SandboxKey?: string;
  HairpinMode?: boolean;
  /** By `80/tcp`; null where a port is exposed and not published. */
  Ports?: Record<string, PortBinding[] | null>;
  /** By the network's name. */
  Networks: Record<string, EndpointSettings>;
}

/** The body of `POST /containers/create`. */
export interface CreateRequest extends ContainerConfig {
  HostConfig?: HostConfig;
  NetworkingConfig?: { EndpointsConfig?: Record<string, EndpointSettings> };
}

export interface CreateAnswer {
  Id: string;
  Warnings: string[];
}

export type Status = 'created' | 'running' | 'paused' | 'restarting' | 'removing' | 'exited' | 'dead';

/** `State` of `inspect`. Of the booleans several can be true: one that is paused or restarting is running, too. */
export interface ContainerState {
  Status: Status;
  Running: boolean;
  Paused: boolean;
  Restarting: boolean;
  OOMKilled: boolean;
  /** It was to be removed and could not be. */
  Dead: boolean;
  Pid: number;
  ExitCode: number;
  /** Why it could not be started, or what is wrong with its record. */
  Error: string;
  StartedAt: string;
  FinishedAt: string;
  Health?: Health;
}

export interface Health {
  Status: 'none' | 'starting' | 'healthy' | 'unhealthy';
  FailingStreak: number;
  Log: { Start: string; End: string; ExitCode: number; Output: string }[];
}

/** container.json: what is known of a container. Everything that `inspect` shows is in it or follows from it. */
export interface ContainerRecord {
  Id: string;
  /** Without the slash that Docker puts in front of it on the wire. */
  Name: string;
  Created: string;
  /** The image's id. */
  Image: string;
  /** The program and its words: the entrypoint with the command behind it. */
  Path: string;
  Args: string[];
  /** The request over the image's config. */
  Config: ContainerConfig;
  HostConfig: HostConfig;
  /** The storage driver that has its layers. */
  Driver: string;
  /** Who `Config.User` is, looked up in the image. */
  Account: Account;
  State: ContainerState;
  RestartCount: number;
  /** Somebody has stopped it on purpose: `unless-stopped` leaves it so when the engine comes back. */
  StoppedByHand: boolean;
  /** It is being removed, and its anonymous volumes with it. */
  RemoveVolumes?: boolean;
  Mounts: MountPoint[];
  NetworkSettings: NetworkSettings;
}

/** `GET /containers/{c}/json`. */
export interface ContainerInspect extends Omit<ContainerRecord, 'StoppedByHand' | 'RemoveVolumes' | 'Account'> {
  Platform: 'linux';
  ResolvConfPath: string;
  HostnamePath: string;
  HostsPath: string;
  LogPath: string;
  MountLabel: string;
  ProcessLabel: string;
  AppArmorProfile: string;
  ExecIDs: string[] | null;
  GraphDriver: { Name: string; Data: Record<string, string> | null };
  SizeRw?: number;
  SizeRootFs?: number;
}

/** A line of `GET /containers/json`. */
export interface ContainerSummary {
  Id: string;
  Names: string[];
  Image: string;
  ImageID: string;
  Command: string;
  /** Seconds since 1970. */
  Created: number;
  Ports: { IP?: string; PrivatePort: number; PublicPort?: number; Type: string }[];
  SizeRw?: number;
  SizeRootFs?: number;
  Labels: Record<string, string>;
  State: Status;
  /** `Up 3 minutes (healthy)` */
  Status: string;
  HostConfig: { NetworkMode: string };
  NetworkSettings: { Networks: Record<string, EndpointSettings> };
  Mounts: MountPoint[];
}

export interface WaitAnswer {
  StatusCode: number;
  /** Why it could not be started. */
  Error?: { Message: string };
}

/** When `wait` answers. `next-exit` and `removed` also wait for a container that is not running yet. */
export type WaitCondition = 'not-running' | 'next-exit' | 'removed';

/** The body of `POST /containers/{c}/exec`. */
export interface ExecRequest {
  AttachStdin?: boolean;
  AttachStdout?: boolean;
  AttachStderr?: boolean;
  DetachKeys?: string;
  Tty?: boolean;
  Env?: string[];
  Cmd?: string[];
  Privileged?: boolean;
  User?: string;
  WorkingDir?: string;
}

/** `GET /exec/{id}/json`. */
export interface ExecInspect {
  ID: string;
  Running: boolean;
  /** null until it has ended. */
  ExitCode: number | null;
  ProcessConfig: { tty: boolean; entrypoint: string; arguments: string[]; privileged: boolean; user?: string };
  OpenStdin: boolean;
  OpenStderr: boolean;
  OpenStdout: boolean;
  CanRemove: boolean;
  ContainerID: string;
  DetachKeys: string;
  Pid: number;
}

/** A line of `GET /events`. */
export interface EventMessage {
  /** The action, the id and the image once more, where containers and images are concerned: clients of before 1.22. */
  status?: string;
  id?: string;
  from?: string;
  Type: 'container' | 'image' | 'volume' | 'network' | 'daemon';
  Action: string;
  Actor: { ID: string; Attributes: Record<string, string> };
  scope: 'local';
  /** Seconds and nanoseconds since 1970. */
  time: number;
  timeNano: number;
}
