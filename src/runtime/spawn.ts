/**
 * The parent's side of the spawn: starts drydock-shim with a plan and talks to the process that walks it.
 *
 *     parent (Node)                        outer, then the child
 *       spawn ───────────────────────────▶   outer: join, clone
 *                       ◀── born(pid) ────   outer ends; the child waits
 *       at.born: uid_map, links
 *              ── go-on ─────────────────▶   walks the plan
 *                       ◀── fd(name) ─────   a descriptor that the parent needs
 *                       ◀── sync(mounted) ─
 *       at.mounted: hooks, idmapped trees
 *              ── go-on ─────────────────▶
 *                       ◀── created ──────   everything but the last phase is done
 *
 * addon/shim/conversation.h has the other end, with the same names. For an exec there is no `created`: the end of the
 * conversation is the execve or a death, and the kernel says which (PF_FORKNOEXEC in /proc/PID/stat).
 */
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { DrydockError } from '../errors.ts';
import { O_CLOEXEC, O_DIRECTORY, O_RDONLY, O_WRONLY } from '../linux/constants.ts';
import { errorName, explain } from '../linux/errno.ts';
import { native, projectHome } from '../linux/native.ts';
import { readStat } from '../linux/procfs.ts';
import { cloneFlag } from './namespaces.ts';
import type { Composition } from './compose.ts';
import { encode } from './encode.ts';
import type { Host, Waiting } from './isolator.ts';
import type { Step } from './plan.ts';
import type { Spec } from './spec.ts';

const CONVERSATION = 3;
const PLAN = 4;
const CONSOLE = 5;
const EXIT_DIR = 6;
/** Descriptors for the child start here; below are those that the shim expects, and those that a program may get. */
const FIRST_GIVEN = 64;
const OUTER = -1;

const say = {
  born: 1,
  sync: 2,
  fd: 3,
  failed: 4,
  created: 5,
  before: 6,
} as const;

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
  /** Start it below `drydock-shim supervise`. */
  supervise?: { console?: number; exitDir: string };
  /** Called before each step while the child waits; index -1 is the outer half. */
  onStep?: (step: Step | OuterStep, index: number, pid: number | undefined) => Promise<void> | void;
}

export interface Spawned {
  /** The process of the container, in our PID namespace. */
  pid: number;
  /** Our own child to wait for: the same process, or its supervisor. */
  reap: number;
  fds: ReadonlyMap<string, number>;
  inCgroup: boolean;
}

let sealed: number | undefined;

/** A copy of the shim that nothing in a container can write to, one for this whole process (CVE-2019-5736). */
function shim(): string {
  const path = process.env.DRYDOCK_SHIM ?? join(projectHome(), 'build/Release/drydock-shim');
  sealed ??= native.sealedCopy(path);
  return `/proc/self/fd/${sealed}`;
}

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
  const { composition, given = {}, stdio = [0, 1, 2], supervise, onStep } = options;
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
  if (supervise) {
    if (supervise.console !== undefined) fds.push([supervise.console, CONSOLE]);
    fds.push([keep(openSync(supervise.exitDir, O_RDONLY | O_DIRECTORY | O_CLOEXEC)), EXIT_DIR]);
  }
  const verb = supervise ? 'supervise' : 'spawn';
  return native.spawn({
    exec: shim(),
    argv: ['drydock-shim', verb],
    env: [],
    fds,
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

interface Message {
  kind: number;
  step: number;
  value: number;
  flag: number;
  name: string;
}

function parse(data: Buffer): Message {
  const end = data.indexOf(0, 16);
  return {
    kind: data.readUInt32LE(0),
    step: data.readInt32LE(4),
    value: data.readInt32LE(8),
    flag: data.readInt32LE(12),
    name: data.toString('utf8', 16, end < 0 ? data.length : end),
  };
}

const GO_ON = Buffer.from([1]);

/** One conversation, from birth to `created` or execve. */
class Conversation {
  private pid: number | undefined;
  private inCgroup = false;
  private readonly fds = new Map<string, number>();
  private ended = false;

  constructor(
    private readonly socket: number,
    private readonly options: SpawnOptions,
    private readonly shimPid: number,
  ) {}

  async run(): Promise<Spawned> {
    for (;;) {
      const message = await this.next();
      if (!message) return this.afterEnd();
      switch (message.kind) {
        case say.born:
          await this.born(message);
          break;
        case say.sync:
          await this.options.composition.at(message.name as 'mounted', this.waiting());
          this.goOn();
          break;
        case say.before:
          await this.before(message);
          this.goOn();
          break;
        case say.failed:
          throw failure(message, this.options);
        case say.created:
          return this.spawned();
        case say.fd:
          break;
        default:
          throw new DrydockError('INTERNAL', `the shim said something unknown (${message.kind})`);
      }
    }
  }

  /** Kills what is half built. The child also dies by itself when the conversation closes before `created`. */
  abandon(): void {
    for (const fd of this.fds.values()) closeSync(fd);
    if (this.pid !== undefined) killQuietly(this.pid);
    if (this.options.supervise) killQuietly(this.shimPid);
    for (const pid of new Set([this.pid, this.shimPid])) if (pid !== undefined) reapQuietly(pid);
  }

  close(): void {
    closeSync(this.socket);
  }

  private async born(message: Message): Promise<void> {
    this.pid = message.value;
    this.inCgroup = message.flag === 1;
    // The outer half has said its last word; without a supervisor it is our child, and a zombie until we look.
    if (!this.options.supervise) native.waitpid(this.shimPid, 0);
    await this.options.composition.at('born', this.waiting());
    this.goOn();
  }

  private async before({ step, value, name }: Message): Promise<void> {
    const { composition, onStep } = this.options;
    if (step !== OUTER) return onStep?.(composition.steps[step]!, step, this.pid);
    const joins = composition.namespaces.filter((space) => space.how === 'join');
    const type =
      name === 'setns'
        ? joins[value]!.type
        : composition.namespaces.flatMap((space) => (space.how === 'clone' ? space.type : [])).join(' ');
    return onStep?.({ call: name as OuterStep['call'], type }, OUTER, undefined);
  }

  private goOn(): void {
    native.send(this.socket, GO_ON);
  }

  private waiting(): Waiting {
    const { spec, host } = this.options;
    return {
      pid: this.pid!,
      fds: this.fds,
      inCgroup: this.inCgroup,
      spec,
      host,
    };
  }

  private spawned(): Spawned {
    const reap = this.options.supervise ? this.shimPid : this.pid!;
    return { pid: this.pid!, reap, fds: this.fds, inCgroup: this.inCgroup };
  }

  /** The other end is closed without a word: an execve, or a death. */
  private afterEnd(): Spawned {
    const created = this.options.composition.steps.some((step) => step.call === 'await_go');
    const stat = this.pid === undefined ? undefined : readStat(this.pid);
    const executed = stat ? !stat.isBeforeExec : this.options.supervise !== undefined;
    if (this.pid !== undefined && !created && executed) return this.spawned();
    throw new DrydockError('SHIM_DIED', 'the process that becomes the container was killed before it was ready', {
      hint: 'look for an out-of-memory kill in the kernel log (dmesg), or for a limit on its cgroup',
    });
  }

  /** The next message; undefined at the end. Descriptors that come along are kept by name. */
  private next(): Promise<Message | undefined> {
    return new Promise((resolve, reject) => {
      const look = (): boolean => {
        if (this.ended) return true;
        try {
          const received = native.receive(this.socket);
          const message = received && parse(received.data);
          if (message && received.fds[0] !== undefined) this.fds.set(message.name, received.fds[0]);
          this.ended = true;
          resolve(message);
        } catch (error) {
          if (error instanceof DrydockError && errorName(error.errno ?? 0) === 'EAGAIN') return false;
          this.ended = true;
          reject(error as Error);
        }
        return true;
      };
      this.ended = false;
      if (look()) return;
      const watch = native.watch(this.socket, () => {
        if (look()) watch.close();
      });
    });
  }
}

function killQuietly(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

function reapQuietly(pid: number): void {
  try {
    native.waitpid(pid, 0);
  } catch (error) {
    // ECHILD: reaped already, or its supervisor's to reap.
    if (!(error instanceof DrydockError) || errorName(error.errno ?? 0) !== 'ECHILD') throw error;
  }
}

/** Turns `failed` into an error that names the step, its arguments and the line that recorded it. */
function failure({ step, value: errno, flag, name }: Message, { composition }: SpawnOptions): DrydockError {
  if (step === OUTER) return outerFailure(errno, flag, name, composition);
  return stepFailure(composition.steps, step, errno, name);
}

function outerFailure(errno: number, which: number, call: string, composition: Composition): DrydockError {
  const joins = composition.namespaces.filter((space) => space.how === 'join');
  const args =
    call === 'setns' ? [joins[which]?.path, joins[which]?.type] : composition.namespaces.map(({ type }) => type);
  return new DrydockError('STEP_FAILED', `${call}(${args.join(', ')}): ${errorName(errno)}`, {
    call,
    args,
    errno,
    hint: explain(errno, call),
  });
}

/** The error for a step that the kernel refused; `inner` is the call inside a compound step. */
function stepFailure(steps: readonly Step[], index: number, errno: number, inner: string): DrydockError {
  const step = steps[index]!;
  const name = errorName(errno);
  const facts = {
    isolator: step.isolator,
    step: index,
    call: step.call,
    args: step.args,
    errno,
    at: step.at.place,
    hint: explain(errno, inner),
  };
  if (step.call === 'lookup_exec' || step.call === 'execve') {
    const [program] = steps.at(-1)!.args[0] as readonly string[];
    if (step.call === 'lookup_exec' && name === 'ENOENT')
      return new DrydockError('PROGRAM_NOT_FOUND', `"${program}": executable file not found in the container`, facts);
    if (name === 'EACCES') return new DrydockError('PROGRAM_NOT_EXECUTABLE', `"${program}": permission denied`, facts);
    return new DrydockError('START_FAILED', `"${program}" cannot be executed: ${name}`, facts);
  }
  const within = inner === step.call ? '' : ` (${inner})`;
  return new DrydockError('STEP_FAILED', `step ${index}, ${step.call}${within}: ${name}`, facts);
}

/** What a start-error file that is not empty says. `steps` are those of the plan that the container walked. */
export function startError(data: Buffer, steps: readonly Step[]): DrydockError {
  const { step, value, name } = parse(data);
  return stepFailure(steps, step, value, name);
}
