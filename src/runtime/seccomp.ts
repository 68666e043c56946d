/**
 * From the OCI spec's section `linux.seccomp` to the program that the kernel runs before each system call
 * (seccomp(2), bpf(2); OCI config-linux.md, "Seccomp").
 */
import { DrydockError } from '../errors.ts';
import {
  SECCOMP_RET_ALLOW,
  SECCOMP_RET_ERRNO,
  SECCOMP_RET_KILL_PROCESS,
  SECCOMP_RET_KILL_THREAD,
  SECCOMP_RET_LOG,
  SECCOMP_RET_TRACE,
  SECCOMP_RET_TRAP,
  SECCOMP_RET_USER_NOTIF,
} from '../linux/constants.ts';
import { EPERM } from '../linux/errno.ts';
import { native } from '../linux/native.ts';
import { writtenByHand } from './seccomp-by-hand.ts';
import { answerForYounger } from './seccomp-younger.ts';
import type { SeccompProfile } from './seccomp-schema.ts';

/** What the kernel answers for each action; errno or message go into the low 16 bits where there is room for them. */
const actions = {
  SCMP_ACT_KILL: SECCOMP_RET_KILL_THREAD,
  SCMP_ACT_KILL_PROCESS: SECCOMP_RET_KILL_PROCESS,
  SCMP_ACT_KILL_THREAD: SECCOMP_RET_KILL_THREAD,
  SCMP_ACT_TRAP: SECCOMP_RET_TRAP,
  SCMP_ACT_ERRNO: SECCOMP_RET_ERRNO,
  SCMP_ACT_TRACE: SECCOMP_RET_TRACE,
  SCMP_ACT_ALLOW: SECCOMP_RET_ALLOW,
  SCMP_ACT_LOG: SECCOMP_RET_LOG,
  SCMP_ACT_NOTIFY: SECCOMP_RET_USER_NOTIF,
} as const;
type Action = keyof typeof actions;

/** libseccomp's SCMP_CMP_*. */
const operators = {
  SCMP_CMP_NE: 1,
  SCMP_CMP_LT: 2,
  SCMP_CMP_LE: 3,
  SCMP_CMP_EQ: 4,
  SCMP_CMP_GE: 5,
  SCMP_CMP_GT: 6,
  SCMP_CMP_MASKED_EQ: 7,
} as const;

/** SECCOMP_FILTER_FLAG_*. */
const flagBits = {
  SECCOMP_FILTER_FLAG_TSYNC: 1,
  SECCOMP_FILTER_FLAG_LOG: 2,
  SECCOMP_FILTER_FLAG_SPEC_ALLOW: 4,
  SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV: 32,
} as const;
const NEW_LISTENER = 8;

const keys = <T extends object>(table: T): (keyof T)[] => Object.keys(table) as (keyof T)[];
export const actionNames = keys(actions);
export const operatorNames = keys(operators);
export const flagNames = keys(flagBits);
/** Those that libseccomp compiles for. */
export const architectureNames = (
  'X86 X86_64 X32 ARM AARCH64 MIPS MIPS64 MIPS64N32 MIPSEL MIPSEL64 MIPSEL64N32 PPC PPC64 PPC64LE S390 S390X PARISC ' +
  'PARISC64 RISCV64'
)
  .split(' ')
  .map((name) => `SCMP_ARCH_${name}`);

export interface CompiledFilter {
  filter: Buffer;
  flags: number;
  /** Flags that are only taken where the kernel knows them. */
  welcome: number;
}

/** What the half-built container still has to say and hear after such a filter is loaded. */
const ownCalls = ['sendmsg', 'recvfrom', 'write'];

/** Whether somebody outside is to answer for some calls. */
export function notifies(profile: SeccompProfile | undefined): boolean {
  return profile?.syscalls?.some((rule) => rule.action === 'SCMP_ACT_NOTIFY') ?? false;
}

/** By their text: an exec finds the profile of its container in a file, as another object. The oldest goes first. */
const compiledOnce = new Map<string, CompiledFilter>();
const REMEMBERED = 16;

/** Compiles a profile, once. Throws SPEC_INVALID with the place in the document for what cannot be. */
export function compiled(profile: SeccompProfile): CompiledFilter {
  const text = JSON.stringify(profile);
  const known = compiledOnce.get(text);
  if (known) return known;
  check(profile);
  const made = { filter: writtenByHand(profile) ?? byLibrary(profile), ...flagsOf(profile) };
  compiledOnce.set(text, made);
  if (compiledOnce.size > REMEMBERED) compiledOnce.delete(compiledOnce.keys().next().value!);
  return made;
}

function byLibrary(profile: SeccompProfile): Buffer {
  const { defaultAction, defaultErrnoRet, architectures: arches, syscalls = [] } = profile;
  const rules = syscalls.flatMap(({ names, action: wanted, errnoRet, args = [] }) =>
    oncePerArgument(args).map((some) => ({
      names,
      action: answer(wanted, errnoRet),
      args: some.map(({ index, value, valueTwo, op }) => ({ index, value, valueTwo, op: operators[op] })),
    })),
  );
  const filter = compile({ default: answer(defaultAction, defaultErrnoRet), rules, arches });
  return Buffer.concat([answerForYounger(profile, filter), filter]);
}

function compile(filter: Parameters<typeof native.compileFilter>[0]): Buffer {
  try {
    return native.compileFilter(filter);
  } catch (cause) {
    throw invalid(`libseccomp refuses it: ${(cause as Error).message}`, cause);
  }
}

/** Conditions on one argument are alternatives, as runc has them: libseccomp takes each argument once in a rule. */
function oncePerArgument<A extends { index: number }>(args: readonly A[]): readonly (readonly A[])[] {
  const isTwice = new Set(args.map(({ index }) => index)).size < args.length;
  return isTwice ? args.map((arg) => [arg]) : [args];
}

function answer(wanted: Action, errnoRet: number = EPERM): number {
  const hasNumber = wanted === 'SCMP_ACT_ERRNO' || wanted === 'SCMP_ACT_TRACE';
  return hasNumber ? actions[wanted] + errnoRet : actions[wanted];
}

/** Without a list of flags, mitigations that cost time and that the kernel would switch on for a filter stay off, as with runc. */
function flagsOf(profile: SeccompProfile): { flags: number; welcome: number } {
  const { SECCOMP_FILTER_FLAG_SPEC_ALLOW: relaxed } = flagBits;
  const asked = (profile.flags ?? []).reduce((bits, flag) => bits | flagBits[flag], 0);
  const listener = notifies(profile) ? NEW_LISTENER : 0;
  return { flags: asked | listener, welcome: profile.flags ? 0 : relaxed };
}

function check(profile: SeccompProfile): void {
  const { defaultAction, defaultErrnoRet, syscalls = [], listenerPath } = profile;
  if (defaultAction === 'SCMP_ACT_NOTIFY') throw invalid('defaultAction: nobody could answer for every call');
  if (defaultErrnoRet !== undefined && !takesNumber(defaultAction))
    throw invalid(`defaultErrnoRet: ${defaultAction} gives no errno`);
  syscalls.forEach(({ names, action: wanted, errnoRet }, index) => {
    if (errnoRet !== undefined && !takesNumber(wanted))
      throw invalid(`syscalls.${index}.errnoRet: ${wanted} gives no errno`);
    const own = names.find((name) => ownCalls.includes(name));
    if (wanted === 'SCMP_ACT_NOTIFY' && own !== undefined)
      throw invalid(`syscalls.${index}: ${own} cannot be answered for: the listener is handed over with it`);
  });
  if (notifies(profile) && !listenerPath) throw invalid('listenerPath: SCMP_ACT_NOTIFY needs a socket to send it to');
}

const takesNumber = (wanted: Action): boolean => wanted === 'SCMP_ACT_ERRNO' || wanted === 'SCMP_ACT_TRACE';

function invalid(what: string, cause?: unknown): DrydockError {
  return new DrydockError('SPEC_INVALID', `linux.seccomp: ${what}`, { isolator: 'seccomp', cause });
}
