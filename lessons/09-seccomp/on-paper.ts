/**
 * Runs a filter as the kernel does, on paper: for calls that this machine cannot make.
 *
 * A kernel without x32 still asks the filter about numbers of x32, and one for 64-bit ARM may have no 32-bit programs at
 * all. What the filter would say of them is decided by the program alone.
 */
import { ARCHITECTURE, NUMBER } from '../../src/linux/bpf.ts';

/** What `struct seccomp_data` has, as far as a filter without a look at arguments asks. */
export interface Asked {
  readonly audit: number;
  readonly number: number;
}

type Test = (register: number, k: number) => boolean;

const tests: Readonly<Record<number, Test>> = {
  0x15: (register, k) => register === k,
  0x25: (register, k) => register > k,
  0x35: (register, k) => register >= k,
  0x45: (register, k) => (register & k) !== 0,
};

/** The action that the program answers; undefined when it comes to its end without one, which the kernel refuses. */
export function answerOf(program: Buffer, { audit, number }: Asked): number | undefined {
  let register = 0;
  for (let at = 0; at + 8 <= program.length; at += 8) {
    const [code, k] = [program.readUInt16LE(at), program.readUInt32LE(at + 4)];
    if (code === 0x06) return k;
    if (code === 0x20) register = k === ARCHITECTURE ? audit : k === NUMBER ? number : 0;
    else if (code === 0x05) at += 8 * k;
    else at += 8 * program.readUInt8(at + (tests[code]?.(register, k) ? 2 : 3));
  }
  return undefined;
}
