/**
 * Classic BPF, as seccomp takes it: a program that the kernel runs in front of every system call (seccomp(2)).
 *
 * It sees one thing, `struct seccomp_data`, and says one thing, an action. It has one register, which `load` fills and
 * tests compare. It can only jump forwards, over so many of the next instructions: so it always comes to an end, and the
 * kernel refuses a program whose last instruction is no answer. The data lies in the byte order of the machine; all that
 * Drydock runs on are little-endian.
 *
 * https://docs.kernel.org/networking/filter.html, "BPF engine and instruction set"; <linux/bpf_common.h>.
 */

export interface Instruction {
  readonly code: number;
  /** An offset, what is compared with, or the answer. */
  readonly k: number;
  /** How many instructions are skipped when a test holds, and when it does not. */
  readonly yes?: number;
  readonly no?: number;
}

/** Offsets in struct seccomp_data. Arguments have 64 bits each: this is their lower half. */
export const NUMBER = 0;
export const ARCHITECTURE = 4;
export const argument = (index: number): number => 16 + 8 * index;

/** Fills the register with the 32 bits at an offset. */
export const load = (offset: number): Instruction => ({ code: 0x20, k: offset });

type Skips = Pick<Instruction, 'yes' | 'no'>;

/** Compare the register with `k`; as numbers without a sign. */
export const ifEqual = (k: number, skips: Skips): Instruction => ({ code: 0x15, k, ...skips });
export const ifAbove = (k: number, skips: Skips): Instruction => ({ code: 0x25, k, ...skips });
export const ifFrom = (k: number, skips: Skips): Instruction => ({ code: 0x35, k, ...skips });
export const ifAnyBit = (k: number, skips: Skips): Instruction => ({ code: 0x45, k, ...skips });

/** The end: one of SECCOMP_RET_*, with an errno or a value in its lower 16 bits. */
export const answer = (action: number): Instruction => ({ code: 0x06, k: action });

const SIZE = 8;
/** A jump of a test is one byte. */
const FURTHEST = 255;

/** The program as an array of struct sock_filter. Throws RangeError for a jump that does not fit. */
export function assemble(program: readonly Instruction[]): Buffer {
  const bytes = Buffer.alloc(program.length * SIZE);
  program.forEach(({ code, yes = 0, no = 0, k }, index) => {
    if (yes > FURTHEST || no > FURTHEST)
      throw new RangeError(`instruction ${index} would skip ${Math.max(yes, no)} others; ${FURTHEST} is the most`);
    const at = index * SIZE;
    bytes.writeUInt16LE(code, at);
    bytes.writeUInt8(yes, at + 2);
    bytes.writeUInt8(no, at + 3);
    bytes.writeUInt32LE(k >>> 0, at + 4);
  });
  return bytes;
}
