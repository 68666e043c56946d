/** `HostConfig` of `POST /containers/create`, and what `update` changes of it. */
import * as v from 'valibot';
import type { HostConfig, MountRequest, Resources, RestartPolicy } from '../../engine/types.ts';
import { flag, object, pairs, plain, record, text, texts, whole } from './parts.ts';

const rate = v.array(object({ Path: plain, Rate: v.pipe(v.number(), v.integer()) }));

const limits = {
  CpuShares: whole,
  Memory: whole,
  NanoCpus: whole,
  CgroupParent: text,
  BlkioWeight: whole,
  BlkioWeightDevice: v.optional(v.array(object({ Path: plain, Weight: v.pipe(v.number(), v.integer()) }))),
  BlkioDeviceReadBps: v.optional(rate),
  BlkioDeviceWriteBps: v.optional(rate),
  BlkioDeviceReadIOps: v.optional(rate),
  BlkioDeviceWriteIOps: v.optional(rate),
  CpuPeriod: whole,
  CpuQuota: whole,
  CpuRealtimePeriod: whole,
  CpuRealtimeRuntime: whole,
  CpusetCpus: text,
  CpusetMems: text,
  Devices: v.optional(v.array(object({ PathOnHost: plain, PathInContainer: text, CgroupPermissions: text }))),
  DeviceCgroupRules: texts,
  DeviceRequests: v.optional(
    v.array(v.looseObject({ Driver: text, Capabilities: v.optional(v.array(v.array(plain))) })),
  ),
  KernelMemory: whole,
  KernelMemoryTCP: whole,
  MemoryReservation: whole,
  MemorySwap: whole,
  MemorySwappiness: whole,
  OomKillDisable: flag,
  PidsLimit: whole,
  Ulimits: v.optional(
    v.array(
      object({
        Name: plain,
        Soft: v.pipe(v.number(), v.integer()),
        Hard: v.pipe(v.number(), v.integer()),
      }),
    ),
  ),
};

const restartPolicy: v.GenericSchema<unknown, RestartPolicy> = object({
  Name: text,
  MaximumRetryCount: whole,
});

const mount: v.GenericSchema<unknown, MountRequest> = object({
  // Of both the engine says in Docker’s words which there are.
  Type: plain,
  Source: text,
  // Docker lets a mount without one come as far as its own words for it.
  Target: v.optional(plain, ''),
  ReadOnly: flag,
  Consistency: text,
  BindOptions: v.optional(
    object({
      ...{ Propagation: text, NonRecursive: flag, CreateMountpoint: flag },
      ...{ ReadOnlyNonRecursive: flag, ReadOnlyForceRecursive: flag },
    }),
  ),
  VolumeOptions: v.optional(
    object({
      NoCopy: flag,
      Subpath: text,
      Labels: pairs,
      DriverConfig: v.optional(object({ Name: text, Options: pairs })),
    }),
  ),
  TmpfsOptions: v.optional(object({ SizeBytes: whole, Mode: whole })),
});

export const hostConfig: v.GenericSchema<unknown, HostConfig> = object({
  ...limits,
  Binds: texts,
  ContainerIDFile: text,
  LogConfig: v.optional(object({ Type: text, Config: pairs })),
  NetworkMode: text,
  PortBindings: v.optional(record(v.array(object({ HostIp: text, HostPort: text })))),
  RestartPolicy: v.optional(restartPolicy),
  AutoRemove: flag,
  VolumeDriver: text,
  VolumesFrom: texts,
  Mounts: v.optional(v.array(mount)),
  CapAdd: texts,
  CapDrop: texts,
  CgroupnsMode: v.optional(v.picklist(['host', 'private', ''])),
  Dns: texts,
  DnsOptions: texts,
  DnsSearch: texts,
  ExtraHosts: texts,
  GroupAdd: texts,
  IpcMode: text,
  Links: texts,
  OomScoreAdj: whole,
  PidMode: text,
  Privileged: flag,
  PublishAllPorts: flag,
  ReadonlyRootfs: flag,
  SecurityOpt: texts,
  StorageOpt: pairs,
  Tmpfs: pairs,
  UTSMode: text,
  UsernsMode: text,
  ShmSize: whole,
  Sysctls: pairs,
  Runtime: text,
  MaskedPaths: texts,
  ReadonlyPaths: texts,
  Init: flag,
  ConsoleSize: v.optional(v.tuple([v.number(), v.number()])),
  Isolation: text,
});

/** `POST /containers/{c}/update`: the limits at the top level, and the restart policy. */
export const updateRequest: v.GenericSchema<unknown, Resources & { RestartPolicy?: RestartPolicy }> = object({
  ...limits,
  RestartPolicy: v.optional(restartPolicy),
});
