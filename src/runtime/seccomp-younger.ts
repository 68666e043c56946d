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
import { ENOSYS } from '../linux/errno.ts';
import { native } from '../linux/native.ts';
import type { SeccompProfile } from './seccomp-schema.ts';

/** AUDIT_ARCH_* of the architectures that Drydock runs on, and of their older selves. */
const audit: Readonly<Record<string, number>> = {
  x86_64: 0xc000003e,
  x86: 0x40000003,
  aarch64: 0xc00000b7,
  arm: 0x40000028,
};
const native64: Readonly<Record<string, string>> = { x64: 'x86_64', arm64: 'aarch64' };

/** Numbers from here on are those of the x32 ABI (__X32_SYSCALL_BIT), which shares AUDIT_ARCH with x86_64. */
const X32 = 0x40000000;

/** BPF of <linux/bpf_common.h>: load a word of struct seccomp_data, compare, jump, answer. */
const [LOAD, EQUAL, ABOVE, FROM, JUMP, RETURN] = [0x20, 0x15, 0x25, 0x35, 0x05, 0x06];
const [NUMBER_AT, ARCH_AT] = [0, 4];
const SIZE = 8;

type Instruction = readonly [code: number, yes: number, no: number, k: number];

/** The instructions in front of `program`; none where none are needed. */
export function answerForYounger(profile: SeccompProfile, program: Buffer): Buffer {
  const { defaultAction, defaultErrnoRet } = profile;
  if (defaultAction === 'SCMP_ACT_ALLOW' || defaultAction === 'SCMP_ACT_LOG' || defaultErrnoRet === ENOSYS)
    return Buffer.alloc(0);
  const highest = highestNamed(profile);
  if (highest.length === 0 || program.length === 0) return Buffer.alloc(0);
  const out: Instruction[] = [[LOAD, 0, 0, ARCH_AT]];
  highest.forEach(([arch, number], index) => {
    const blocksAfter = highest.length - 1 - index;
    out.push(
      [EQUAL, 0, 5, arch],
      [LOAD, 0, 0, NUMBER_AT],
      [FROM, 2, 0, X32],
      [ABOVE, 0, 1, number],
      [RETURN, 0, 0, SECCOMP_RET_ERRNO + ENOSYS],
      [JUMP, 0, 0, blocksAfter * 6],
    );
  });
  return Buffer.concat(out.map(packed));
}

function packed([code, yes, no, k]: Instruction): Buffer {
  const bytes = Buffer.alloc(SIZE);
  bytes.writeUInt16LE(code, 0);
  bytes.writeUInt8(yes, 2);
  bytes.writeUInt8(no, 3);
  bytes.writeUInt32LE(k, 4);
  return bytes;
}

/** For each architecture of the profile the highest number among the calls that it names. */
function highestNamed({ architectures = [], syscalls = [] }: SeccompProfile): [arch: number, number: number][] {
  const names = new Set(syscalls.flatMap((rule) => rule.names));
  const own = native64[process.arch];
  const wanted = new Set(architectures.map((name) => name.replace('SCMP_ARCH_', '').toLowerCase()));
  if (own !== undefined) wanted.add(own);
  return [...wanted].flatMap((arch): [number, number][] => {
    const number = audit[arch];
    if (number === undefined) return [];
    const known = [...names].flatMap((name) => native.syscallNumber(name, arch) ?? []).filter((n) => n < X32);
    return known.length ? [[number, Math.max(...known)]] : [];
  });
}
