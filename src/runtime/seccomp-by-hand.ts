/**
 * Filters that are short enough to be written by hand: some calls are answered with an errno, all others are let through.
 *
 *     load architecture        a number means another call in each architecture …
 *     the next block, unless it is this one
 *     load number              … so it is looked at only after that
 *     this call?  answer errno
 *     …
 *     load architecture        the next block
 *     …
 *     answer allow
 *
 * One machine runs programs of several architectures, and a filter has to have them all: on x86-64 a program also makes
 * the calls of a 32-bit x86 (by `int 0x80`), with numbers of their own, and those of x32, which are numbered from 2^30
 * on and say of themselves that they are x86-64. Whoever forgets those has left a second door open.
 *
 * seccomp(2), "Caveats". Everything longer is libseccomp's (seccomp.ts).
 */
import { SECCOMP_RET_ALLOW, SECCOMP_RET_ERRNO } from '../linux/constants.ts';
import { EPERM } from '../linux/errno.ts';
import { ARCHITECTURE, NUMBER, answer, assemble, ifEqual, load, type Instruction } from '../linux/bpf.ts';
import { native } from '../linux/native.ts';
import type { SeccompProfile } from './seccomp-schema.ts';

/** AUDIT_ARCH_* of the architectures whose programs a machine runs, and libseccomp's names for the ways to call in each. */
export const families: Readonly<Record<string, readonly { audit: number; names: readonly string[] }[]>> = {
  x64: [
    { audit: 0xc000003e, names: ['x86_64', 'x32'] },
    { audit: 0x40000003, names: ['x86'] },
  ],
  arm64: [
    { audit: 0xc00000b7, names: ['aarch64'] },
    { audit: 0x40000028, names: ['arm'] },
  ],
};

/** More would be too far to jump over, and libseccomp sorts them better. */
const FEW = 32;

/** On 32-bit x86 these hide behind one number for many calls (socketcall(2), ipc(2)): that needs a look at arguments. */
const behindOthers = /^(sock|bind$|connect$|listen$|accept|get(sock|peer)|send|recv|shut|setsock|sem|msg|shm)/;

/** Answers `errno` to some calls; the register has the call's number already. Goes on behind itself for all others. */
export function refuse(numbers: readonly number[], errno: number): Instruction[] {
  return numbers.flatMap((number) => [ifEqual(number, { no: 1 }), answer(SECCOMP_RET_ERRNO + errno)]);
}

/** What holds for the calls of one architecture, and is skipped for those of every other. */
export function onArchitecture(audit: number, block: readonly Instruction[]): Instruction[] {
  return [load(ARCHITECTURE), ifEqual(audit, { no: 1 + block.length }), load(NUMBER), ...block];
}

/** The whole program: these calls are refused in every way that a program of this machine has to make them. */
export function refuseEverywhere(names: readonly string[], errno: number): Instruction[] {
  const numbersIn = (arch: string): number[] => names.flatMap((name) => native.syscallNumber(name, arch) ?? []);
  const blocks = (families[process.arch] ?? []).map((family) =>
    onArchitecture(family.audit, refuse(family.names.flatMap(numbersIn), errno)),
  );
  return [...blocks.flat(), answer(SECCOMP_RET_ALLOW)];
}

/** The filter of a profile that is short and plain enough; undefined for one that is not. */
export function writtenByHand(profile: SeccompProfile): Buffer | undefined {
  const { defaultAction, syscalls: rules = [] } = profile;
  const names = rules.flatMap((rule) => rule.names);
  const [errno = EPERM, ...others] = new Set(rules.map(({ errnoRet = EPERM }) => errnoRet));
  const isPlain =
    defaultAction === 'SCMP_ACT_ALLOW' &&
    rules.every(({ action, args = [] }) => action === 'SCMP_ACT_ERRNO' && args.length === 0) &&
    others.length === 0 &&
    names.length <= FEW &&
    !names.some((name) => behindOthers.test(name)) &&
    isForAllOfThem(profile);
  return isPlain ? assemble(refuseEverywhere(names, errno)) : undefined;
}

/** Calls of an architecture that a profile does not name are not let through, but end the program: libseccomp knows how. */
function isForAllOfThem({ architectures = [] }: SeccompProfile): boolean {
  const named = new Set(architectures);
  const all = architecturesHere();
  return all.length > 0 && named.size === all.length && all.every((name) => named.has(name));
}

/** The architectures of this machine's programs as a profile names them. */
export function architecturesHere(): string[] {
  return (families[process.arch] ?? []).flatMap(({ names }) => names.map((name) => `SCMP_ARCH_${name.toUpperCase()}`));
}
