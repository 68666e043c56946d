/**
 * From a refused call to the error that a person meets: which step, with which arguments, recorded by which line.
 */
import { DrydockError } from '../errors.ts';
import { signalName } from '../linux/constants.ts';
import { errorName, explain } from '../linux/errno.ts';
import type { Composition } from './compose.ts';
import { OUTER, parse, say, type Message } from './message.ts';
import type { Step } from './plan.ts';

/** Turns `failed` into an error that names the step, its arguments and the line that recorded it. */
export function failure({ step, value: errno, flag, name }: Message, composition: Composition): DrydockError {
  if (step === OUTER) return outerFailure(errno, flag, name, composition);
  return stepFailure(composition.steps, step, errno, name);
}

function outerFailure(errno: number, which: number, call: string, composition: Composition): DrydockError {
  const args = outerArgs(call, which, composition.namespaces);
  return new DrydockError('STEP_FAILED', `${call}(${args.join(', ')}): ${errorName(errno)}`, {
    call,
    args,
    errno,
    hint: explain(errno, call),
  });
}

function outerArgs(call: string, which: number, namespaces: Composition['namespaces']): unknown[] {
  const join = namespaces.filter((space) => space.how === 'join')[which];
  if (call === 'setns') return [join?.path, join?.type];
  if (call === 'clone') return namespaces.map(({ type }) => type);
  return call === 'fcntl' ? ['F_DUPFD_CLOEXEC', which] : [];
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
    // A loop of links in one folder of PATH ends no search: it is not there.
    const isMissing = name === 'ENOENT' || (name === 'ELOOP' && !program!.includes('/'));
    if (step.call === 'lookup_exec' && isMissing)
      return new DrydockError('PROGRAM_NOT_FOUND', `"${program}": executable file not found in the container`, facts);
    if (name === 'EACCES') return new DrydockError('PROGRAM_NOT_EXECUTABLE', `"${program}": permission denied`, facts);
    return new DrydockError('START_FAILED', `"${program}" cannot be executed: ${name}`, facts);
  }
  const within = inner === step.call ? '' : ` (${inner})`;
  const message = `step ${index}, ${step.call}${within}: ${name}`;
  const clash = otherKind(steps, index, name, inner);
  if (clash === undefined) return new DrydockError('STEP_FAILED', message, facts);
  const hint = 'a file can be mounted onto a file only, a folder onto a folder';
  return new DrydockError('STEP_FAILED', `${message}: ${clash}`, { ...facts, hint });
}

/**
 * What a mount says that has come upon something of the other kind, in Docker's words and with both paths; undefined where the
 * kernel means something else. mount(2), ERRORS: ENOTDIR; a move says EINVAL, do_move_mount() in fs/namespace.c.
 */
function otherKind(steps: readonly Step[], index: number, name: string, inner: string): string | undefined {
  const { call, args } = steps[index]!;
  const isMove = inner === 'mount MS_MOVE' || inner === 'move_mount';
  if (name !== 'ENOTDIR' && !(name === 'EINVAL' && isMove)) return undefined;
  const paths = mountPaths(steps, index);
  if (paths === undefined || (call === 'mount_at' && args[3] === null)) return undefined;
  return (
    `${paths}: Are you trying to mount a directory onto a file (or vice-versa)? ` +
    'Check if the specified host path exists and is the expected type'
  );
}

/** `"/etc/hostname" onto "/srv"`, of a step that mounts. A tree was opened by an earlier step, or outside. */
function mountPaths(steps: readonly Step[], index: number): string | undefined {
  const { call, args } = steps[index]!;
  const onto = (what: unknown, where: unknown): string => `${JSON.stringify(what)} onto ${JSON.stringify(where)}`;
  if (call === 'mount_at' || call === 'bind_at') return onto(args[2], args[1]);
  if (call !== 'move_mount') return undefined;
  const { fd } = args[0] as { readonly fd: string };
  const opened = steps.slice(0, index).findLast((step) => step.call === 'open_tree' && step.into === fd);
  return onto(opened?.args[0] ?? 'a tree of the host', args[2]);
}

/**
 * What the start-error file says once its writer has let go of the fifo; undefined when it has come to its execve.
 * `steps` are those of the plan that the container walked.
 */
export function startError(data: Buffer, id: string, steps: () => readonly Step[]): DrydockError | undefined {
  const { kind, step, value, name } = parse(data);
  if (kind === say.executing) return undefined;
  if (kind === say.failed) return stepFailure(steps(), step, value, name);
  return killedBeforeExec(id);
}

/** The error for a process that has ended between the start and its program. */
export function killedBeforeExec(id: string): DrydockError {
  return new DrydockError('SHIM_DIED', `the process of '${id}' was killed before its program started`, {
    hint: 'look for an out-of-memory kill in the kernel log (dmesg), or for a limit on its cgroup',
  });
}

/** What a program was doing that the kernel ends by such a signal. signal(7). */
const faults: Readonly<Record<string, string>> = {
  SIGSEGV: 'it has used memory that is not its own: a pointer that leads nowhere, or an index beyond the end',
  SIGBUS: 'it has used memory that is not there: beyond the end of a mapped file, or a page that could not be had',
  SIGFPE: 'it has divided an integer by zero',
  SIGILL: 'it has executed what is no instruction',
  SIGABRT: 'it has called abort(3): glibc does so when memory was freed twice, or written beyond its end',
};

/** The error for a process that has ended between its birth and `created`, without a word; by which signal, if known. */
export function died({ steps }: Composition, signal?: number): DrydockError {
  const fault = signal === undefined ? undefined : faults[signalName(signal)];
  if (fault !== undefined)
    return new DrydockError(
      'SHIM_DIED',
      `the process that becomes the container was ended by ${signalName(signal!)} before it was ready`,
      { hint: fault },
    );
  const hasEarlyFilter = steps.some(({ call, phase }) => call === 'seccomp' && phase === 'filter-early');
  return new DrydockError(
    'SHIM_DIED',
    'the process that becomes the container has ended before it was ready, without a word',
    {
      hint:
        (hasEarlyFilter
          ? 'linux.seccomp may forbid what it still had to do (setgroups, setresuid, capset, prctl, sendmsg, recvfrom, ' +
            'poll, read, close): allow that, or set process.noNewPrivileges, with which the filter comes last; or '
          : '') + 'look for an out-of-memory kill in the kernel log (dmesg), or for a limit on its cgroup',
    },
  );
}
