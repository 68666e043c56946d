/**
 * The OCI runtime config as types: what an isolator reads of it (runtime-spec 1.2, config.md and config-linux.md).
 *
 * Written out, not derived from the schemas in spec.ts, for the two who read them: a person, and TypeScript, which would
 * think for a second about each file that names one. spec.ts says what a value may be, and does not compile when it
 * gives another type than this. Other properties may be there; the spec wants them ignored.
 */
import type { ioClasses, resourceLimits, schedulingFlags, schedulingPolicies } from '../linux/constants.ts';
import type { actionNames, flagNames, operatorNames } from './seccomp.ts';

export interface Spec {
  ociVersion: string;
  process: Process;
  root: { path: string; readonly?: boolean };
  hostname?: string;
  domainname?: string;
  mounts?: Mount[];
  hooks?: Hooks;
  annotations?: Record<string, string>;
  linux?: Linux;
  [property: string]: unknown;
}

export interface Process {
  terminal?: boolean;
  consoleSize?: { height: number; width: number };
  user: { uid: number; gid: number; umask?: number; additionalGids?: number[] };
  /** At least the program. */
  args: string[];
  /** `NAME=value` each. */
  env?: string[];
  cwd: string;
  capabilities?: Partial<Record<'bounding' | 'effective' | 'permitted' | 'inheritable' | 'ambient', string[]>>;
  noNewPrivileges?: boolean;
  rlimits?: { type: keyof typeof resourceLimits; soft: number; hard: number }[];
  oomScoreAdj?: number;
  scheduler?: {
    policy: keyof typeof schedulingPolicies;
    nice?: number;
    priority?: number;
    flags?: (keyof typeof schedulingFlags)[];
    /** Nanoseconds, these three. */
    runtime?: number;
    deadline?: number;
    period?: number;
  };
  ioPriority?: { class: keyof typeof ioClasses; priority?: number };
  apparmorProfile?: string;
  selinuxLabel?: string;
  [property: string]: unknown;
}

export interface Mount {
  destination: string;
  type?: string;
  source?: string;
  options?: string[];
  uidMappings?: Mapping[];
  gidMappings?: Mapping[];
  [property: string]: unknown;
}

/** `size` ids from `containerID` on inside are those from `hostID` on outside. */
export interface Mapping {
  containerID: number;
  hostID: number;
  size: number;
  [property: string]: unknown;
}

export interface Hook {
  path: string;
  args?: string[];
  env?: string[];
  /** Seconds. */
  timeout?: number;
  [property: string]: unknown;
}

export type Hooks = Partial<
  Record<'prestart' | 'createRuntime' | 'createContainer' | 'startContainer' | 'poststart' | 'poststop', Hook[]>
>;

export interface Linux {
  namespaces?: { type: NamespaceType; path?: string }[];
  uidMappings?: Mapping[];
  gidMappings?: Mapping[];
  timeOffsets?: { monotonic?: Offset; boottime?: Offset };
  devices?: Device[];
  /** Absolute, relative, or systemd's `slice:prefix:name`. */
  cgroupsPath?: string;
  maskedPaths?: string[];
  readonlyPaths?: string[];
  mountLabel?: string;
  rootfsPropagation?: string;
  sysctl?: Record<string, string>;
  seccomp?: SeccompProfile;
  resources?: Resources;
  personality?: { domain: 'LINUX' | 'LINUX32'; flags?: string[] };
  [property: string]: unknown;
}

export type NamespaceType = 'mount' | 'uts' | 'ipc' | 'pid' | 'network' | 'user' | 'cgroup' | 'time';

interface Offset {
  secs?: number;
  nanosecs?: number;
}

interface Node {
  path: string;
  fileMode?: number;
  uid?: number;
  gid?: number;
}

/** A fifo has no numbers. */
export type Device = (Node & { type: 'c' | 'u' | 'b'; major: number; minor: number }) | (Node & { type: 'p' });

/** Amounts are bytes, times microseconds; -1 is no limit. */
export interface Resources {
  devices?: DeviceRule[];
  memory?: {
    limit?: number;
    reservation?: number;
    /** With the memory in it. */
    swap?: number;
    kernel?: number;
    kernelTCP?: number;
    swappiness?: number;
    disableOOMKiller?: boolean;
    useHierarchy?: boolean;
    checkBeforeUpdate?: boolean;
  };
  cpu?: {
    shares?: number;
    quota?: number;
    burst?: number;
    period?: number;
    realtimeRuntime?: number;
    realtimePeriod?: number;
    /** As cpuset(7) has it: `0-3,7`. */
    cpus?: string;
    mems?: string;
    idle?: number;
  };
  pids?: { limit?: number };
  blockIO?: {
    weight?: number;
    leafWeight?: number;
    weightDevice?: { major: number; minor: number; weight?: number; leafWeight?: number }[];
    throttleReadBpsDevice?: Rate[];
    throttleWriteBpsDevice?: Rate[];
    throttleReadIOPSDevice?: Rate[];
    throttleWriteIOPSDevice?: Rate[];
  };
  hugepageLimits?: { pageSize: string; limit: number }[];
  network?: { classID?: number; priorities?: { name: string; priority: number }[] };
  rdma?: Record<string, { hcaHandles?: number; hcaObjects?: number }>;
  /** Files of cgroup v2, and what is written to them. */
  unified?: Record<string, string>;
}

interface Rate {
  major: number;
  minor: number;
  rate: number;
}

/** Absent numbers stand for all of them. */
export interface DeviceRule {
  allow: boolean;
  type?: 'a' | 'b' | 'c' | '';
  major?: number;
  minor?: number;
  /** Some of r, w and m (mknod). */
  access?: string;
}

export interface SeccompProfile {
  defaultAction: (typeof actionNames)[number];
  defaultErrnoRet?: number;
  architectures?: string[];
  flags?: (typeof flagNames)[number][];
  listenerPath?: string;
  listenerMetadata?: string;
  syscalls?: {
    names: string[];
    action: (typeof actionNames)[number];
    errnoRet?: number;
    args?: { index: number; value: number; valueTwo?: number; op: (typeof operatorNames)[number] }[];
  }[];
}
