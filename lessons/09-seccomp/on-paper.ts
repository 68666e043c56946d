/**
 * Runs a filter as the kernel does, on paper: for calls that this machine cannot make, and for parts of a program.
 *
 * A kernel without x32 still asks the filter about numbers of x32, and one for 64-bit ARM may have no 32-bit programs at
 * all. What the filter would say of them is decided by the program alone.
 */
import { ARCHITECTURE, NUMBER, answer, assemble, ifEqual, load, type Instruction } from '../../src/linux/bpf.ts';
import { SECCOMP_RET_ALLOW, SECCOMP_RET_ERRNO } from '../../src/linux/constants.ts';
import { EPERM, errorName } from '../../src/linux/errno.ts';

/** What `struct seccomp_data` has, as far as a filter without a look at arguments asks. */
export interface Asked {
  readonly audit: number;
  readonly number: number;
}

const tests: Readonly<Record<number, (register: number, k: number) => boolean>> = {
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
    else at += 8 * program.readUInt8(at + (tests[code]?.(register, k) ? 2 : 3));
  }
  return undefined;
}

/** The same in words. */
export function onPaper(program: readonly Instruction[], call: Asked): string | undefined {
  const action = answerOf(assemble(program), call);
  if (action === undefined) return undefined;
  if (action === SECCOMP_RET_ALLOW) return 'allow';
  const isErrno = (action & 0xffff0000) === SECCOMP_RET_ERRNO;
  return isErrno ? `errno ${errorName(action & 0xffff)}` : `0x${action.toString(16)}`;
}

type Refuse = (numbers: readonly number[], errno: number) => readonly Instruction[];
type OnArchitecture = (audit: number, block: readonly Instruction[]) => readonly Instruction[];

/** What each function does by itself; undefined where it is right. */
export const alone = {
  /** `refuse` has something to say about a call that is not in its list. */
  others: (refuse: Refuse): string | undefined =>
    onPaper([load(NUMBER), ...refuse([5, 7], EPERM)], { audit: 1, number: 6 }),
  /** `onArchitecture` has something to say about another architecture. */
  elsewhere: (onArchitecture: OnArchitecture): string | undefined =>
    onPaper(onArchitecture(1, [answer(SECCOMP_RET_ALLOW), answer(SECCOMP_RET_ERRNO + EPERM)]), { audit: 2, number: 0 }),
  /** `refuse` lets through what is in its list, and answers everybody else. */
  turned: (refuse: Refuse): boolean => {
    const to = (number: number): unknown => onPaper([load(NUMBER), ...refuse([5], EPERM)], { audit: 1, number });
    return to(5) === undefined && to(6) !== undefined;
  },
  /** `onArchitecture` skips its block for its own architecture, and walks it for others. */
  turnedBlock: (onArchitecture: OnArchitecture): boolean => {
    const to = (audit: number): unknown =>
      onPaper(onArchitecture(1, [answer(SECCOMP_RET_ALLOW)]), { audit, number: 0 });
    return to(1) === undefined && to(2) !== undefined;
  },
  /** What its block finds in the register, if it is not the number. */
  register: (onArchitecture: OnArchitecture): number | undefined => {
    const audit = 1;
    const isThere = (value: number): boolean =>
      answerOf(assemble(onArchitecture(audit, [ifEqual(value, { no: 1 }), answer(SECCOMP_RET_ALLOW)])), {
        audit,
        number: 5,
      }) === SECCOMP_RET_ALLOW;
    return isThere(audit) ? audit : undefined;
  },
};
