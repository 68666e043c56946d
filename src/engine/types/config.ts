/** What concerns the inside of a container: what is in its image's config, too. */

/** Go's way to write a set: `{"80/tcp": {}}`. */
export type Names = Record<string, object>;

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
