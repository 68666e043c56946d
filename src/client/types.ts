/** What the engine answers, as far as the verbs read it (docs.docker.com/engine/api/v1.41). Names are the API's. */

export interface Port {
  readonly IP?: string;
  readonly PrivatePort: number;
  readonly PublicPort?: number;
  readonly Type: string;
}

export interface ContainerSummary {
  readonly Id: string;
  readonly Names: readonly string[];
  readonly Image: string;
  readonly ImageID: string;
  readonly Command: string;
  readonly Created: number;
  readonly Ports?: readonly Port[] | null;
  readonly Labels?: Readonly<Record<string, string>> | null;
  readonly State: string;
  readonly Status: string;
  readonly SizeRw?: number;
  readonly SizeRootFs?: number;
  readonly Mounts?: readonly { readonly Name?: string; readonly Source: string; readonly Driver?: string }[];
  readonly NetworkSettings?: { readonly Networks: Readonly<Record<string, unknown>> } | null;
}

export interface ContainerDetails {
  readonly Id: string;
  readonly Name: string;
  readonly State: {
    readonly Status: string;
    readonly Running: boolean;
    readonly Paused: boolean;
    readonly Restarting: boolean;
    readonly ExitCode: number;
  };
  readonly Config: { readonly Tty: boolean; readonly OpenStdin?: boolean; readonly StopSignal?: string };
  readonly HostConfig: { readonly AutoRemove?: boolean };
  readonly NetworkSettings: { readonly Ports?: PortBindings | null };
}

export type PortBindings = Readonly<Record<string, readonly { HostIp: string; HostPort: string }[] | null>>;

export interface Created {
  readonly Id: string;
  readonly Warnings?: readonly string[] | null;
}

export interface Waited {
  readonly StatusCode: number;
  readonly Error?: { readonly Message: string } | null;
}

export interface ImageSummary {
  readonly Id: string;
  readonly RepoTags?: readonly string[] | null;
  readonly RepoDigests?: readonly string[] | null;
  readonly Created: number;
  readonly Size: number;
  readonly SharedSize?: number;
  readonly Containers?: number;
  readonly Labels?: Readonly<Record<string, string>> | null;
}

export interface HistoryItem {
  readonly Id: string;
  readonly Created: number;
  readonly CreatedBy: string;
  readonly Size: number;
  readonly Comment: string;
}

/** Of an image or a name, one of the two. */
export interface Removed {
  readonly Untagged?: string;
  readonly Deleted?: string;
}

export interface Volume {
  readonly Name: string;
  readonly Driver: string;
  readonly Mountpoint: string;
  readonly Scope: string;
  readonly Labels?: Readonly<Record<string, string>> | null;
  readonly UsageData?: { readonly Size: number; readonly RefCount: number } | null;
}

export interface Network {
  readonly Id: string;
  readonly Name: string;
  readonly Created: string;
  readonly Scope: string;
  readonly Driver: string;
  readonly EnableIPv4?: boolean;
  readonly EnableIPv6: boolean;
  readonly Internal: boolean;
  readonly Labels?: Readonly<Record<string, string>> | null;
}

/** A message of a stream of progress. */
export interface Progress {
  readonly id?: string;
  readonly status?: string;
  readonly stream?: string;
  readonly progressDetail?: { readonly current?: number; readonly total?: number };
  readonly error?: string;
  readonly errorDetail?: { readonly code?: number; readonly message: string };
  /** Ours: what to do about the error. */
  readonly hint?: string;
  readonly aux?: { readonly Tag?: string; readonly Digest?: string; readonly Size?: number; readonly ID?: string };
}

export interface EventMessage {
  readonly Type: string;
  readonly Action: string;
  readonly Actor: { readonly ID: string; readonly Attributes?: Readonly<Record<string, string>> | null };
  readonly scope?: string;
  readonly status?: string;
  readonly id?: string;
  readonly from?: string;
  readonly time: number;
  readonly timeNano: number;
}
