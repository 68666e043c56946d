/**
 * Which devices a container may open and make (OCI config-linux.md, "Allowed Device list").
 *
 * The config has a list, of which the last entry that speaks of a device counts. The kernel has something simpler: on v1
 * a default and exceptions from it (Documentation/admin-guide/cgroup-v1/devices.rst), on v2 a program (bpf(2),
 * BPF_PROG_TYPE_CGROUP_DEVICE, Linux 4.15). So the list is brought to a default and exceptions first, for both; a list
 * that cannot be said that way is refused, as by runc: a container could open what the list forbids.
 */
import { DrydockError } from '../errors.ts';
import type { DeviceRule } from './resources.ts';

export interface DeviceException {
  readonly type: 'b' | 'c';
  /** -1: all. */
  readonly major: number;
  readonly minor: number;
  /** Some of `rwm`. */
  readonly access: string;
}

export interface DeviceFilter {
  readonly allow: boolean;
  /** What is otherwise than `allow` says. */
  readonly exceptions: readonly DeviceException[];
}

const all = -1;
const bits = 'rwm';

/** What every container may do, after whatever the config says: make nodes, and use the harmless ones. */
const always: readonly DeviceRule[] = [
  { allow: true, type: 'c', major: all, minor: all, access: 'm' },
  { allow: true, type: 'b', major: all, minor: all, access: 'm' },
  ...[
    [1, 3], // null
    [1, 5], // zero
    [1, 7], // full
    [1, 8], // random
    [1, 9], // urandom
    [5, 0], // tty
    [5, 2], // ptmx
    [136, all], // pts/*
  ].map(([major, minor]) => ({ allow: true, type: 'c' as const, major, minor, access: bits })),
];

/** The default and the exceptions that a list comes to. Nothing is allowed that no entry allows. Throws SPEC_INVALID. */
export function deviceFilter(list: readonly DeviceRule[] = []): DeviceFilter {
  let filter: DeviceFilter = { allow: false, exceptions: [] };
  [...list, ...always].forEach((rule, index) => (filter = applied(filter, rule, index)));
  return filter;
}

function applied(filter: DeviceFilter, rule: DeviceRule, index: number): DeviceFilter {
  const { allow, access = bits } = rule;
  const type = rule.type || 'a';
  const [major, minor] = [rule.major ?? all, rule.minor ?? all];
  if (type === 'a') {
    if (major !== all || minor !== all || ![...bits].every((bit) => access.includes(bit)))
      throw invalid(index, "type 'a' is for all devices, all numbers and all of rwm at once");
    return { allow, exceptions: [] };
  }
  const exception = { type, major, minor, access: sorted(access) };
  if (exception.access === '') return filter;
  const exceptions =
    allow === filter.allow ? without(filter.exceptions, exception, index) : withOne(filter.exceptions, exception);
  return { allow: filter.allow, exceptions };
}

const sorted = (access: string): string => [...bits].filter((bit) => access.includes(bit)).join('');

function isSamePlace(a: DeviceException, b: DeviceException): boolean {
  return a.type === b.type && a.major === b.major && a.minor === b.minor;
}

/** Whether every device of `b` is one of `a`. */
function covers(a: DeviceException, b: DeviceException): boolean {
  return a.type === b.type && (a.major === all || a.major === b.major) && (a.minor === all || a.minor === b.minor);
}

function meets(a: DeviceException, b: DeviceException): boolean {
  const same = (x: number, y: number): boolean => x === y || x === all || y === all;
  return a.type === b.type && same(a.major, b.major) && same(a.minor, b.minor);
}

function withOne(exceptions: readonly DeviceException[], added: DeviceException): DeviceException[] {
  const there = exceptions.find((one) => isSamePlace(one, added));
  if (!there) return [...exceptions, added];
  const joined = { ...there, access: sorted(there.access + added.access) };
  return exceptions.map((one) => (one === there ? joined : one));
}

/** What is as the default says again. An exception for more devices than the entry speaks of cannot be parted. */
function without(exceptions: readonly DeviceException[], gone: DeviceException, index: number): DeviceException[] {
  return exceptions.flatMap((one) => {
    const left = [...one.access].filter((bit) => !gone.access.includes(bit)).join('');
    if (!meets(one, gone) || left === one.access) return [one];
    if (!covers(gone, one))
      throw invalid(index, `the kernel cannot take ${text(gone)} out of what an entry before it says of ${text(one)}`);
    return left === '' ? [] : [{ ...one, access: left }];
  });
}

function invalid(index: number, what: string): DrydockError {
  return new DrydockError('SPEC_INVALID', `linux.resources.devices.${index}: ${what}`, {
    isolator: 'cgroups',
    hint: 'begin with one entry that denies all, and allow what is needed',
  });
}

const star = (number: number): string => (number === all ? '*' : String(number));

/** As the files of v1 want it: `c 1:3 rwm`. */
export function text({ type, major, minor, access }: DeviceException): string {
  return `${type} ${star(major)}:${star(minor)} ${access}`;
}

/** The lines for v1, in their order: first the default, which takes all exceptions away. */
export function linesV1({ allow, exceptions }: DeviceFilter): { file: string; value: string }[] {
  const [first, others] = allow ? ['devices.allow', 'devices.deny'] : ['devices.deny', 'devices.allow'];
  return [{ file: first, value: 'a' }, ...exceptions.map((one) => ({ file: others, value: text(one) }))];
}

/*
 * The program of v2. The kernel runs it with r1 pointing to struct bpf_cgroup_dev_ctx { access_type, major, minor }:
 * the low half of access_type is the kind of device, the high half what is to be done. It answers 1 for yes.
 */

/** Opcodes of <linux/bpf.h> and <linux/bpf_common.h>, as far as they are needed. */
const op = {
  load: 0x61, // BPF_LDX | BPF_MEM | BPF_W: dst = *(u32 *)(src + offset)
  set: 0xb7, // BPF_ALU64 | BPF_MOV | BPF_K: dst = constant
  copy: 0xbf, // BPF_ALU64 | BPF_MOV | BPF_X: dst = src
  and: 0x54, // BPF_ALU | BPF_AND | BPF_K: dst &= constant
  shiftRight: 0x74, // BPF_ALU | BPF_RSH | BPF_K: dst >>= constant
  unlessEqual: 0x55, // BPF_JMP | BPF_JNE | BPF_K: skip `offset` when dst != constant
  end: 0x95, // BPF_JMP | BPF_EXIT
} as const;
const reg = { answer: 0, context: 1, type: 2, access: 3, major: 4, minor: 5, wanted: 6 } as const;
const kinds = { b: 1, c: 2 } as const; // BPF_DEVCG_DEV_BLOCK, BPF_DEVCG_DEV_CHAR
const rights: Readonly<Record<string, number>> = { m: 1, r: 2, w: 4 }; // BPF_DEVCG_ACC_*
const ALL_RIGHTS = 7;

type Instruction = readonly [code: number, dst: number, src: number, offset: number, constant: number];

/** The program of a filter, as an array of struct bpf_insn. */
export function deviceProgram({ allow, exceptions }: DeviceFilter): Buffer {
  const program: Instruction[] = [
    [op.load, reg.type, reg.context, 0, 0],
    [op.and, reg.type, 0, 0, 0xffff],
    [op.load, reg.access, reg.context, 0, 0],
    [op.shiftRight, reg.access, 0, 0, 16],
    [op.load, reg.major, reg.context, 4, 0],
    [op.load, reg.minor, reg.context, 8, 0],
    ...exceptions.flatMap((one) => block(one, allow)),
    [op.set, reg.answer, 0, 0, Number(allow)],
    [op.end, 0, 0, 0, 0],
  ];
  return Buffer.concat(program.map(packed));
}

/** Answers the opposite of the default if the device is this one, else falls through to what follows. */
function block({ type, major, minor, access }: DeviceException, allow: boolean): Instruction[] {
  const named = [...access].reduce((sum, letter) => sum | rights[letter]!, 0);
  // An allowing exception must have all that is wanted. A denying one is enough if it has any of it.
  const outside: Instruction[] = allow
    ? [
        [op.copy, reg.wanted, reg.access, 0, 0],
        [op.and, reg.wanted, 0, 0, named],
      ]
    : [
        [op.copy, reg.wanted, reg.access, 0, 0],
        [op.and, reg.wanted, 0, 0, ALL_RIGHTS & ~named],
      ];
  const answer: Instruction[] = [
    [op.set, reg.answer, 0, 0, Number(!allow)],
    [op.end, 0, 0, 0, 0],
  ];
  // Built from the end, because each condition skips all that comes after it.
  let rest: Instruction[] = answer;
  if (minor !== all) rest = [[op.unlessEqual, reg.minor, 0, rest.length, minor], ...rest];
  if (major !== all) rest = [[op.unlessEqual, reg.major, 0, rest.length, major], ...rest];
  if (named !== ALL_RIGHTS) rest = [...outside, skipIf(allow, rest.length), ...rest];
  return [[op.unlessEqual, reg.type, 0, rest.length, kinds[type]], ...rest];
}

/** Denying: skip unless some of what is wanted is named. Allowing: skip unless nothing beyond what is named is wanted. */
function skipIf(allow: boolean, count: number): Instruction {
  const skipIfEqual = 0x15; // BPF_JMP | BPF_JEQ | BPF_K
  return [allow ? skipIfEqual : op.unlessEqual, reg.wanted, 0, count, 0];
}

function packed([code, dst, src, offset, constant]: Instruction): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt8(code, 0);
  bytes.writeUInt8(dst | (src << 4), 1);
  bytes.writeInt16LE(offset, 2);
  bytes.writeInt32LE(constant | 0, 4);
  return bytes;
}
