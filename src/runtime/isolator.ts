/**
 * A container is a process plus isolators. Each takes away one thing that it could see or do.
 *
 * An isolator reads its own section of the OCI config and nothing else. Its life, in the order of the calls:
 *
 *     namespaces   which namespaces the process gets, new or joined. No effects.
 *     claim        what will be taken from the host (a cgroup's path, a link's name): a decision, no effects. compose
 *                  saves all claims before anything is made, so that a crash at any later point leaves a
 *                  list of what may have to be removed.
 *     prepare      effects on the host, before the process exists
 *     steps        what the process does to itself, recorded and not done. Pure; the same for create and exec
 *     at.born      the process exists and waits: write its uid_map, move it into its cgroup, give it its link
 *     at.detached  it has sent a tree of mounts that lies nowhere yet: translate its owners
 *     at.mounted   its mounts are made, its root has not changed yet: hooks
 *     at.filtered  it has sent the listener of its seccomp filter
 *     at.created   it waits for `start`
 *     at.started   its program runs
 *     at.stopped   it has ended
 *     release      gives back what was claimed; idempotent, in reverse order, also after half a prepare or a crash
 *
 * An isolator knows no other isolator; compose brings them together.
 */
import type { Features } from '../linux/features.ts';
import type { Plan } from './plan.ts';
import type { Phase } from './words.ts';
import type { Spec } from './spec.ts';

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json | undefined };

export type NamespaceType = 'mount' | 'uts' | 'ipc' | 'pid' | 'network' | 'user' | 'cgroup' | 'time';

/** A namespace of the container: made by the clone, made by the child afterwards, or entered. */
export interface Namespace {
  readonly type: NamespaceType;
  readonly how: 'clone' | 'unshare' | 'join';
  /** `/proc/PID/ns/…` or a file that one is bound on; only with `join`. */
  readonly path?: string;
}

/** A cgroup: v1 has one for each hierarchy, v2 one for all. */
export interface Cgroup {
  readonly version: 1 | 2;
  readonly directory: string;
}

/** `create` builds the container, `exec` adds a process to it. */
export type Mode = 'create' | 'exec';

/** The facts around a container that an isolator may need for a decision. */
export interface Host {
  readonly id: string;
  /** The container's folder below DRYDOCK_RUN. */
  readonly stateDir: string;
  /** Where relative paths of the spec start. */
  readonly bundle: string;
  readonly features: Features;
  /** Whether we are root on the host. */
  readonly privileged: boolean;
  /** Pid of the running container, in mode `exec`. */
  readonly target?: number;
  /** How many descriptors from 3 on go along into the program. */
  readonly preserveFds: number;
  /** Somebody waits on a console socket for the terminal's master. */
  readonly consoleSocket: boolean;
}

/** What `steps` may look at. */
export interface StepContext {
  readonly spec: Spec;
  /** The process to start: the spec's own, or that of an exec. */
  readonly process: Spec['process'];
  readonly mode: Mode;
  readonly features: Features;
  readonly host: Host;
  /** Names of the isolators in the stack: a container without its mounts has another way to a terminal. */
  readonly stack: ReadonlySet<string>;
}

/** What an isolator gets while the child waits. */
export interface Waiting {
  readonly pid: number;
  /** Stands for /proc/PID; while the child waits it stays with it, even if it dies and its number is given again. */
  readonly proc: string;
  /** Descriptors that the child has sent, by name. Closed after `created`, but for those taken out of the map. */
  readonly fds: Map<string, number>;
  /** The clone has put the child into its v2 cgroup already. */
  readonly inCgroup: boolean;
  readonly spec: Spec;
  readonly host: Host;
}

export type Point = 'born' | 'detached' | 'mounted' | 'filtered' | 'created' | 'started' | 'stopped';

export interface Isolator<Claim extends Json = Json> {
  readonly name: string;
  /** One line for `--help` and `xray`. */
  readonly summary: string;
  /** Isolators that must be in the stack too. */
  readonly requires?: readonly string[];
  /** The isolator whose place this one takes when both are there. */
  readonly replaces?: string;
  /** Phase of the words that have none by themselves, which may follow from the config. */
  readonly phase?: Phase | ((context: StepContext) => Phase);
  namespaces?(spec: Spec, mode: Mode): readonly Namespace[];
  claim?(spec: Spec, host: Host): Claim;
  prepare?(claim: Claim, host: Host, spec: Spec): Promise<void> | void;
  /** Directories of the cgroups that the process is born into. */
  cgroups?(claim: Claim): readonly Cgroup[];
  steps?(plan: Plan, context: StepContext, claim: Claim): void;
  readonly at?: {
    readonly [P in Point]?: (claim: Claim, waiting: Waiting) => Promise<void> | void;
  };
  release?(claim: Claim, host: Host): Promise<void> | void;
}
