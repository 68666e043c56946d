/**
 * Starts drydock-shim with a plan, and takes the process that walks it to where it waits, or through its execve.
 *
 * Every descriptor that goes to the shim has a number there that is decided here; everything else is closed.
 */
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { DrydockError } from '../errors.ts';
import { O_CLOEXEC, O_DIRECTORY, O_RDONLY, O_WRONLY } from '../linux/constants.ts';
import { features } from '../linux/features.ts';
import { native, projectHome } from '../linux/native.ts';
import { cloneFlag } from './namespaces.ts';
import type { Composition } from './compose.ts';
import { Conversation } from './conversation.ts';
import { encode, MAX_SLOTS } from './encode.ts';
import type { Host } from './isolator.ts';
import type { Step } from './plan.ts';
import type { Spec } from './spec.ts';

const CONVERSATION = 3;
const PLAN = 4;
const CONSOLE = 5;
const PLACE = 6;
const LOG = 7;
const OOM = 8;
/** Descriptors for the child start here; below are those that the shim expects, and those that a program may get. */
const FIRST_GIVEN = 3 + MAX_SLOTS;

/** A call of the outer half, for `--step` and `--trace`. */
export interface OuterStep {
  readonly call: 'setns' | 'clone';
  readonly type: string;
}

export interface SpawnOptions {
  composition: Composition;
  spec: Spec;
  host: Host;
  /** Descriptors for the child, by slot. They stay the caller's to close. */
  given?: Readonly<Record<string, number>>;
  /** The child's 0, 1 and 2. */
  stdio?: readonly [number, number, number];
  /** Start it below a process of the shim that is its parent, and writes down how it ended. */
  owner?: Owner;
  /** Makes the waiting process known, so that somebody else can start or kill it; until then it dies with us. */
  created?: (spawned: Spawned) => Promise<void> | void;
  /** Called before each step while the child waits; index -1 is the outer half. */
  onStep?: (step: Step | OuterStep, index: number, pid: number | undefined) => Promise<void> | void;
}

/** `drydock-shim supervise` (in the foreground) or `vessel` (in the background), with their descriptors. */
export interface Owner {
  readonly verb: 'supervise' | 'vessel';
  readonly argv?: readonly string[];
  /** Socket on which the terminal's master comes. */
  readonly console?: number;
  /** Directory in which the end is written down, and of a vessel's socket. */
  readonly place?: string;
  /** Of a vessel: the directory of its log, and the file that counts kills for memory. */
  readonly log?: string;
  readonly oom?: string;
}

export interface Spawned {
  /** The process of the container, in our PID namespace. */
  pid: number;
  /** Stands for its /proc/PID until the conversation ends. */
  proc: string;
  /** Our own child to wait for: the same process, or its supervisor. */
  reap: number;
  /** What the child has sent; open until the conversation ends. */
  fds: Map<string, number>;
  inCgroup: boolean;
}

let sealed: number | undefined;

/**
 * A copy of the shim that nothing in a container can write to (CVE-2019-5736): one for this whole process. Before Linux
 * 3.17 there are no seals, and a copy is safe only while something runs it, so each spawn has its own, which goes into
 * `opened`: the caller closes it when the process is there.
 */
export function shim(opened: number[]): string {
  if (features().memfd) return `/proc/self/fd/${(sealed ??= native.sealedCopy(shimPath()))}`;
  const own = native.sealedCopy(shimPath());
  opened.push(own);
  return `/proc/self/fd/${own}`;
}

const shimPath = (): string => process.env.DRYDOCK_SHIM ?? join(projectHome(), 'build/Release/drydock-shim');

/**
 * Spawns the process of a composition and takes it to `created`, or, where the plan does not wait, through its execve.
 * The host's part at each point is the composition's.
 *
 * @throws STEP_FAILED, PROGRAM_NOT_FOUND, PROGRAM_NOT_EXECUTABLE, SHIM_DIED; nothing of the process is left then.
 */
export async function spawn(options: SpawnOptions): Promise<Spawned> {
  const opened: number[] = [];
  const [ours, theirs] = native.seqpacketPair();
  let reap: number;
  try {
    opened.push(theirs);
    reap = start(options, theirs, opened);
  } catch (error) {
    closeSync(ours);
    throw error;
  } finally {
    opened.forEach((fd) => closeSync(fd));
  }
  const conversation = new Conversation(ours, options, reap);
  try {
    return await conversation.run();
  } catch (error) {
    conversation.abandon();
    throw error;
  } finally {
    conversation.close();
  }
}

/** Opens what the plan needs and starts the shim; everything in `opened` is closed by the caller. */
function start(options: SpawnOptions, theirs: number, opened: number[]): number {
  const { composition, given = {}, owner, onStep } = options;
  // A vessel outlives us: it must not hold what is ours.
  const { stdio = owner?.verb === 'vessel' ? [] : [0, 1, 2] } = options;
  const keep = (fd: number): number => {
    opened.push(fd);
    return fd;
  };
  const fds: [number, number][] = [...stdio.map((fd, i): [number, number] => [fd, i]), [theirs, CONVERSATION]];
  let next = FIRST_GIVEN;
  const pass = (fd: number): number => {
    fds.push([fd, next]);
    return next++;
  };

  const joins = composition.namespaces
    .filter((space) => space.how === 'join')
    .map(({ path, type }) => ({
      descriptor: pass(keep(openNamespace(path!, type))),
      type: cloneFlag[type],
    }));
  const cloneFlags = composition.namespaces
    .filter((space) => space.how === 'clone')
    .reduce((flags, { type }) => flags | cloneFlag[type], 0);
  const tasks = composition.cgroups
    .filter(({ version }) => version === 1)
    .map(({ directory }) => pass(keep(openSync(join(directory, 'tasks'), O_WRONLY | O_CLOEXEC))));
  const unified = composition.cgroups.find(({ version }) => version === 2);
  const cgroup = unified && pass(keep(openSync(unified.directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)));
  const numbered = Object.fromEntries(Object.entries(given).map(([slot, fd]) => [slot, pass(fd)]));
  const plan = encode({
    steps: composition.steps,
    cloneFlags,
    joins,
    given: numbered,
    tasks,
    cgroup,
    stepping: onStep !== undefined,
    dumpable: !options.host.privileged,
  });
  fds.push([keep(native.anonymousFile(plan)), PLAN]);
  for (const [path, number] of [
    [owner?.place, PLACE],
    [owner?.log, LOG],
  ] as const)
    if (path !== undefined) fds.push([keep(openSync(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)), number]);
  if (owner?.oom !== undefined) fds.push([keep(openSync(owner.oom, O_RDONLY | O_CLOEXEC)), OOM]);
  if (owner?.console !== undefined) fds.push([owner.console, CONSOLE]);
  return native.spawn({
    exec: shim(opened),
    argv: ['drydock-shim', owner?.verb ?? 'spawn', ...(owner?.argv ?? [])],
    env: [],
    fds,
    session: owner?.verb === 'vessel',
  });
}

function openNamespace(path: string, type: string): number {
  try {
    return openSync(path, O_RDONLY | O_CLOEXEC);
  } catch (cause) {
    throw new DrydockError('SYSCALL', `cannot join the ${type} namespace ${path}: ${(cause as Error).message}`, {
      call: 'open',
      args: [path],
      errno: Math.abs((cause as NodeJS.ErrnoException).errno ?? 0),
      cause,
    });
  }
}
