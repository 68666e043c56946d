/** A container as a whole: asked for, on record, and shown. */
import type { Account } from '../../runtime/account.ts';
import type { ContainerConfig } from './config.ts';
import type { HostConfig } from './host-config.ts';
import type { MountPoint } from './mounts.ts';
import type { EndpointSettings, NetworkSettings } from './networks.ts';

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
  /** What has kept it from being removed. */
  NotRemoved?: string;
}

/** When `wait` answers. `next-exit` and `removed` also wait for a container that is not running yet. */
export type WaitCondition = 'not-running' | 'next-exit' | 'removed';
