/**
 * ENOSYS for system calls that are younger than a profile.
 *
 * A C library tries a new call and falls back to an old one when the kernel answers ENOSYS. A profile that was written
 * before the call existed answers EPERM to it, and the fallback never happens: programs break that worked the day before.
 * So in front of the profile's own program stands a short one that answers ENOSYS to every call above the highest that
 * the profile names. runc has done so since 1.0.0-rc93; a profile that says what to answer (defaultErrnoRet ENOSYS), or
 * that allows by default, needs none.
 */
import { SECCOMP_RET_ERRNO } from '../linux/constants.ts';
import { answer, assemble, ifAbove, ifFrom } from '../linux/bpf.ts';
import { ENOSYS } from '../linux/errno.ts';
import { native } from '../linux/native.ts';
import { families, onArchitecture } from './seccomp-by-hand.ts';
import type { SeccompProfile } from './seccomp-schema.ts';

/** Numbers from here on are those of the x32 ABI (__X32_SYSCALL_BIT), which shares AUDIT_ARCH with x86_64. */
const X32 = 0x40000000;

/** The instructions in front of `program`; none where none are needed. */
export function answerForYounger(profile: SeccompProfile, program: Buffer): Buffer {
  const { defaultAction, defaultErrnoRet } = profile;
  if (defaultAction === 'SCMP_ACT_ALLOW' || defaultAction === 'SCMP_ACT_LOG' || defaultErrnoRet === ENOSYS)
    return Buffer.alloc(0);
  if (program.length === 0) return Buffer.alloc(0);
  const blocks = highestNamed(profile).map(([audit, highest]) =>
    onArchitecture(audit, [ifFrom(X32, { yes: 2 }), ifAbove(highest, { no: 1 }), answer(SECCOMP_RET_ERRNO + ENOSYS)]),
  );
  return assemble(blocks.flat());
}

/** For each architecture of the profile the highest number among the calls that it names. */
function highestNamed({ architectures = [], syscalls = [] }: SeccompProfile): [audit: number, number: number][] {
  const names = new Set(syscalls.flatMap((rule) => rule.names));
  const own = families[process.arch]?.[0]?.names[0];
  const wanted = new Set(architectures.map((name) => name.replace('SCMP_ARCH_', '').toLowerCase()));
  if (own !== undefined) wanted.add(own);
  const all = Object.values(families).flat();
  return [...wanted].flatMap((arch): [number, number][] => {
    const audit = all.find((family) => family.names.includes(arch))?.audit;
    if (audit === undefined) return [];
    const known = [...names].flatMap((name) => native.syscallNumber(name, arch) ?? []).filter((n) => n < X32);
    return known.length ? [[audit, Math.max(...known)]] : [];
  });
}
