/**
 * The engine: everything that needs a memory of many containers.
 *
 * The runtime below knows one container and forgets it. The engine gives it a name, a log, volumes, networks and a restart
 * policy, keeps what has ended until somebody removes it, and tells everybody what happens. It is one process; containers
 * are not its children but their vessels' (addon/shim/vessel.h), so it can be killed and the next one has them back.
 *
 * Each operation is a function in a file of its own that takes an `Engine` first, and a container's name or id as it was
 * typed. What they take and give is Docker's JSON (types.ts); src/api puts HTTP around them and decides nothing.
 *
 *     create ──▶ start ──▶ attach, logs, exec, stop, kill, pause, resize, wait ──▶ remove
 *                  ▲                                        │
 *                  └─────────── restart (policy.ts) ────────┘
 *
 * Invariants:
 *  1. container.json is written beside, fsynced and renamed before an operation answers (record.ts): what was acknowledged
 *     is there after a crash.
 *  2. Of a container one operation changes something at a time (`Container.alone`); reading waits for nobody.
 *  3. Whether it runs, only the kernel and its vessel know; the record says what was seen last, and reconcile.ts compares
 *     the two when an engine starts.
 */
import type { Store } from '../images/images.ts';
import type { Networks, Pool } from '../network/networks.ts';
import type { Mount } from '../runtime/config.ts';
import type { Containers } from './containers.ts';
import type { Events } from './events.ts';
import type { EngineVolumes } from './volumes/volumes.ts';
import type { ContainerRecord, Filters, LogConfig, MountPoint, Ulimit } from './types.ts';

export interface EngineOptions {
  /** DRYDOCK_ROOT: what stays. */
  readonly root: string;
  /** DRYDOCK_RUN: what a reboot may take. */
  readonly run: string;
  /** Storage driver; the first that works here unless said otherwise. */
  readonly driver?: string;
  /** Of the machine (`info`). */
  readonly labels?: readonly string[];
  /** For containers that say nothing themselves. */
  readonly dns?: readonly string[];
  readonly dnsOptions?: readonly string[];
  readonly dnsSearch?: readonly string[];
  readonly logConfig?: LogConfig;
  readonly ulimits?: readonly Ulimit[];
  readonly init?: boolean;
  /** Registries that are spoken to without TLS. */
  readonly insecureRegistries?: readonly string[];
  /** Asked before the hub; said by `info`. */
  readonly registryMirrors?: readonly string[];
  /** Whether every request is told; said by `info`. */
  readonly isDebug?: boolean;
  /** The default bridge: its device, and its own address with the prefix, as in 172.30.0.1/16. */
  readonly bridge?: string;
  readonly bip?: string;
  readonly mtu?: number;
  /** Where the subnets of networks are taken from that name none. */
  readonly pools?: readonly Pool[];
  /** Whether a relay leads published ports from IPv6 to containers that have IPv4 alone; unless said otherwise. */
  readonly userlandProxy?: boolean;
}

/** What every operation works on. Made by `openEngine` (open.ts). */
export interface Engine {
  readonly options: EngineOptions;
  readonly root: string;
  readonly run: string;
  readonly store: Store;
  readonly containers: Containers;
  readonly events: Events;
  readonly networks: Networks;
  readonly volumes: EngineVolumes;
  /** Lets everything go and ends nothing: containers run on. */
  close(): Promise<void>;
}

export interface EventsWanted {
  /** Seconds since 1970, with fractions: from the past, as far as it is remembered. */
  readonly since?: number;
  /** Where the stream ends. */
  readonly until?: number;
  /** container, image, volume, network, daemon, type, event, label. */
  readonly filters?: Filters;
}

/** What the core asks of volumes; src/engine/volumes/ is it, with more for its own verbs. */
export interface Volumes {
  /**
   * The mounts of a container that is being made, from Binds, Mounts, Tmpfs, VolumesFrom and Volumes of its record; makes
   * volumes that do not exist.
   */
  resolve(record: ContainerRecord): Promise<MountPoint[]>;
  /** Copy-up into new volumes; `tree` is the container's image, mounted. */
  fill(record: ContainerRecord, tree: string): Promise<void>;
  /** Lines of the spec, made ready on the host. */
  mount(record: ContainerRecord): Promise<Mount[]>;
  /** The container has ended; also after a crash, and twice. */
  unmount(record: ContainerRecord): Promise<void>;
  /** The container is removed; `anonymous`: volumes that have no other name go with it (`rm -v`, `--rm`). */
  release(record: ContainerRecord, anonymous: boolean): Promise<void>;
  /** The container was never acknowledged: its anonymous volumes are nobody's. */
  abandon(id: string): Promise<void>;
}

/** Where output goes. With a terminal all of it is stream 1. */
export interface Sink {
  /** The next comes when the promise is kept: whoever reads slowly is waited for, as at a pipe. */
  write(stream: 1 | 2, bytes: Buffer): PromiseLike<void> | void;
}

/** A client at the streams of a process, of a container or of an exec. */
export interface Attachment {
  /** No more output comes: the process has ended, or `close` was called. */
  readonly ended: Promise<void>;
  input(bytes: Buffer): Promise<void>;
  /** The client has no more input. */
  closeInput(): Promise<void>;
  /** The client goes; the process stays. */
  close(): void;
}

/** `attachContainer`: which streams, and whether what was written before comes first (`logs`). */
export interface AttachWanted {
  readonly stdin?: boolean;
  readonly stdout?: boolean;
  readonly stderr?: boolean;
  readonly logs?: boolean;
  /** False: only the past. */
  readonly stream?: boolean;
}

export interface LogsWanted {
  readonly stdout?: boolean;
  readonly stderr?: boolean;
  readonly follow?: boolean;
  readonly timestamps?: boolean;
  /** In front of each line what `--log-opt labels=…` and `env=…` have named (log-attributes.ts). */
  readonly details?: boolean;
  /** Nanoseconds since 1970; 0 is no bound. */
  readonly since?: bigint;
  readonly until?: bigint;
  /** So many last lines; absent: all. */
  readonly tail?: number;
}

/** A line of the log, with its line end and, if asked for, with its time in front. */
export interface LogLine {
  readonly stream: 1 | 2;
  readonly bytes: Buffer;
}

export interface ListWanted {
  readonly all?: boolean;
  readonly limit?: number;
  readonly size?: boolean;
  readonly filters?: Filters;
}

export interface RemoveWanted {
  readonly force?: boolean;
  /** Anonymous volumes too. */
  readonly volumes?: boolean;
  readonly link?: boolean;
}

export type { Container } from './container.ts';
export type { Containers, Events };
