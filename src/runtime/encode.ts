/**
 * Packs a plan for drydock-shim. The format is drawn in addon/shim/plan.h; this is its only writer.
 */
import { DrydockError } from '../errors.ts';
import type { Step } from './plan.ts';
import { vocabulary } from './steps.ts';
import { isOptional, type Fd, type Kind, type Kinds } from './words.ts';

/** How many descriptors a plan can hold: kMaxSlots in addon/shim/plan.h. */
export const MAX_SLOTS = 64;
const STEPPING = 1;
const DUMPABLE = 2;

/** A plan with everything around it that the outer half of the spawn needs. Descriptors are numbers in the shim. */
export interface Encodable {
  steps: readonly Step[];
  cloneFlags: number;
  joins: readonly { descriptor: number; type: number }[];
  /** Descriptors of the `tasks` files of the v1 cgroups to join. */
  tasks: readonly number[];
  /** Descriptors given to the child, by slot. */
  given: Readonly<Record<string, number>>;
  /** Descriptor of the cgroup directory for CLONE_INTO_CGROUP. */
  cgroup?: number;
  stepping?: boolean;
  dumpable?: boolean;
}

/** Encodes a plan. Throws PLAN_INVALID when a step names a slot that nothing fills. */
export function encode(plan: Encodable): Buffer {
  const slots = slotNumbers(plan);
  const out = new Writer();
  out.letters('DRYDOCK1');
  out.u32(plan.cloneFlags);
  out.u32((plan.stepping ? STEPPING : 0) | (plan.dumpable ? DUMPABLE : 0));
  out.i32(plan.cgroup ?? -1);
  out.u32(plan.joins.length);
  for (const join of plan.joins) {
    out.i32(join.descriptor);
    out.u32(join.type);
  }
  out.u32(plan.tasks.length);
  for (const descriptor of plan.tasks) out.i32(descriptor);
  const given = Object.entries(plan.given);
  out.u32(given.length);
  for (const [name, descriptor] of given) {
    out.i32(slots.get(name)!);
    out.i32(descriptor);
  }
  out.u32(plan.steps.length);
  plan.steps.forEach((step, index) => encodeStep(out, step, index, slots));
  return out.bytes();
}

function slotNumbers(plan: Encodable): Map<string, number> {
  const names = [...Object.keys(plan.given), ...plan.steps.flatMap((step) => step.into ?? [])];
  const numbers = new Map([...new Set(names)].map((name, index) => [name, index]));
  if (numbers.size > MAX_SLOTS)
    throw new DrydockError('PLAN_INVALID', `a plan can hold ${MAX_SLOTS} descriptors, this one has ${numbers.size}`);
  return numbers;
}

function encodeStep(out: Writer, step: Step, index: number, slots: Map<string, number>): void {
  out.text(step.call);
  out.i32(step.into === undefined ? -1 : slots.get(step.into)!);
  out.u32(step.tolerate.length);
  for (const errno of step.tolerate) out.i32(errno);
  const kinds = vocabulary[step.call].args;
  out.u32(kinds.length);
  kinds.forEach(([name, kind], i) => {
    const value = step.args[i] ?? null;
    if (value === null && !isOptional(kind)) throw wrong(step, index, `${name} is missing`);
    encodeArg(out, kind.replace('?', '') as Kind, value, slots, (why) => wrong(step, index, `${name}: ${why}`));
  });
}

function encodeArg(
  out: Writer,
  kind: Kind,
  value: unknown,
  slots: Map<string, number>,
  fail: (why: string) => DrydockError,
): void {
  if (value === null) return out.u8('0');
  switch (kind) {
    case 'fd': {
      const number = slots.get((value as Fd).fd);
      if (number === undefined) throw fail(`no step fills the slot '${(value as Fd).fd}'`);
      out.u8('f');
      return out.i32(number);
    }
    case 'strings': {
      const list = value as readonly string[];
      out.u8('l');
      out.u32(list.length);
      for (const item of list) out.text(checked(item, fail));
      return;
    }
    case 'bytes':
      out.u8('s');
      return out.string(value as Buffer);
    case 'path':
    case 'text':
      out.u8('s');
      return out.text(checked(value as string, fail));
    case 'owner': {
      const { uid, gid } = value as Kinds['owner'];
      out.u8('i');
      out.u32(gid);
      return out.u32(uid);
    }
    default:
      if (!Number.isInteger(value) || Math.abs(value as number) >= 2 ** 63)
        throw fail(`${String(value)} is not a whole number of 64 bits`);
      out.u8('i');
      return out.i64(value as number);
  }
}

// The kernel reads up to the first NUL: a name with one in it would be another name there than here.
function checked(text: string, fail: (why: string) => DrydockError): string {
  if (text.includes('\0')) throw fail('a NUL byte in the middle of a string');
  return text;
}

function wrong(step: Step, index: number, why: string): DrydockError {
  return new DrydockError('PLAN_INVALID', `step ${index} (${step.call}): ${why}`, {
    isolator: step.isolator,
    step: index,
    call: step.call,
    args: step.args,
    at: step.at.place,
  });
}

/** A growing buffer with the few forms that the format has. */
class Writer {
  /** More than what most plans take: it is made anew for each. */
  private buffer = Buffer.allocUnsafe(16_384);
  private length = 0;

  private room(bytes: number): number {
    const at = this.length;
    this.length += bytes;
    if (this.length > this.buffer.length) {
      const larger = Buffer.allocUnsafe(Math.max(this.buffer.length * 2, this.length));
      this.buffer.copy(larger, 0, 0, at);
      this.buffer = larger;
    }
    return at;
  }

  u8(letter: string): void {
    const at = this.room(1);
    this.buffer[at] = letter.charCodeAt(0);
  }
  u32(value: number): void {
    const at = this.room(4);
    this.buffer.writeUInt32LE(value >>> 0, at);
  }
  i32(value: number): void {
    const at = this.room(4);
    this.buffer.writeInt32LE(value, at);
  }
  /** Two halves: a number in JavaScript holds them exactly where it is whole, and a BigInt for each would cost more. */
  i64(value: number): void {
    this.u32(value);
    this.u32(Math.floor(value / 2 ** 32));
  }
  letters(text: string): void {
    const at = this.room(text.length);
    this.buffer.write(text, at, 'latin1');
  }
  string(bytes: Buffer): void {
    const at = this.begin(bytes.length);
    bytes.copy(this.buffer, at);
  }
  text(text: string): void {
    const at = this.begin(Buffer.byteLength(text));
    this.buffer.write(text, at);
  }
  bytes(): Buffer {
    return this.buffer.subarray(0, this.length);
  }

  /** The length and the closing NUL of a string; answers where its bytes belong. */
  private begin(length: number): number {
    this.u32(length);
    const at = this.room(length + 1);
    this.buffer[at + length] = 0;
    return at;
  }
}
