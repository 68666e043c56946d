/** Lists of devices: brought to a default and exceptions, said as lines of v1, and as a program, which is run here. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { DrydockError } from '../../../src/errors.ts';
import { deviceFilter, deviceProgram, linesV1, type DeviceFilter } from '../../../src/runtime/cgroup-devices.ts';
import type { DeviceRule } from '../../../src/runtime/resources.ts';
import { rounds } from '../../sample.ts';

const nothing: DeviceRule = { allow: false, access: 'rwm' };
const everything: DeviceRule = { allow: true, access: 'rwm' };

/** What the kernel would do with a program: just the instructions that ours uses. */
function run(program: Buffer, type: number, access: number, major: number, minor: number): number {
  const context = [type | (access << 16), major, minor];
  const registers = new Array<number>(11).fill(0);
  for (let at = 0; ; at++) {
    const [code, regs] = [program[at * 8]!, program[at * 8 + 1]!];
    const [dst, offset, constant] = [regs & 15, program.readInt16LE(at * 8 + 2), program.readInt32LE(at * 8 + 4)];
    if (code === 0x61) registers[dst] = context[offset / 4]!;
    else if (code === 0xb7) registers[dst] = constant;
    else if (code === 0xbf) registers[dst] = registers[regs >> 4]!;
    else if (code === 0x54) registers[dst]! &= constant;
    else if (code === 0x74) registers[dst]! >>>= constant;
    else if (code === 0x55) at += registers[dst] === constant ? 0 : offset;
    else if (code === 0x15) at += registers[dst] === constant ? offset : 0;
    else if (code === 0x95) return registers[0]!;
    else assert.fail(`an instruction that nobody wrote: ${code}`);
  }
}

const rights = { m: 1, r: 2, w: 4 } as const;
const ask = (filter: DeviceFilter, type: 'b' | 'c', major: number, minor: number, access: string): boolean =>
  run(
    deviceProgram(filter),
    type === 'b' ? 1 : 2,
    [...access].reduce((sum, letter) => sum | rights[letter as 'm'], 0),
    major,
    minor,
  ) === 1;

/** What a list means: the last entry that speaks of a device and an access counts, and nothing is allowed by none. */
function meant(list: readonly DeviceRule[], type: 'b' | 'c', major: number, minor: number, letter: string): boolean {
  const is = (wanted: number | null | undefined, number: number): boolean => (wanted ?? -1) === -1 || wanted === number;
  const last = list.findLast(
    (rule) =>
      (!rule.type || rule.type === 'a' || rule.type === type) &&
      is(rule.major, major) &&
      is(rule.minor, minor) &&
      (rule.access ?? 'rwm').includes(letter),
  );
  return last?.allow ?? false;
}

describe('a list of devices', () => {
  it('allows nothing but the harmless ones when it is empty', () => {
    const filter = deviceFilter();
    assert(ask(filter, 'c', 1, 3, 'rw') && ask(filter, 'c', 136, 77, 'rw') && ask(filter, 'b', 8, 0, 'm'));
    assert(!ask(filter, 'b', 8, 0, 'r') && !ask(filter, 'c', 10, 200, 'r') && !ask(filter, 'c', 1, 1, 'r'));
  });

  it('becomes lines of v1, the default first', () => {
    const lines = linesV1(deviceFilter([nothing, { allow: true, type: 'c', major: 10, minor: 229, access: 'wr' }]));
    assert.deepEqual(lines[0], { file: 'devices.deny', value: 'a' });
    assert(lines.some(({ file, value }) => file === 'devices.allow' && value === 'c 10:229 rw'));
    const open = linesV1(deviceFilter([everything, { allow: false, type: 'b', access: 'w' }]));
    assert.deepEqual(open, [
      { file: 'devices.allow', value: 'a' },
      { file: 'devices.deny', value: 'b *:* w' },
    ]);
  });

  it('takes back what an entry before it has said', () => {
    const disk = { type: 'b', major: 8, minor: 0 } as const;
    const filter = deviceFilter([
      nothing,
      { allow: true, ...disk, access: 'rw' },
      { allow: false, ...disk, access: 'w' },
    ]);
    assert(ask(filter, 'b', 8, 0, 'r') && !ask(filter, 'b', 8, 0, 'w') && !ask(filter, 'b', 8, 0, 'rw'));
  });

  it('is refused where the kernel cannot say it', () => {
    const refused = (list: DeviceRule[], message: RegExp): void =>
      assert.throws(() => deviceFilter(list), { code: 'SPEC_INVALID', message });
    refused(
      [
        { allow: true, type: 'c' },
        { allow: false, type: 'c', major: 1, minor: 1 },
      ],
      /devices\.1: .*c 1:1 rwm.*c \*:\*/,
    );
    refused([{ allow: true, type: 'a', major: 1 }], /devices\.0/);
    refused([{ allow: false, type: 'a', access: 'r' }], /devices\.0/);
  });

  it('means the same as program and as list, for any list that is not refused', () => {
    const number = fc.constantFrom(-1, 1, 5, 136);
    const rule = fc.record({
      allow: fc.boolean(),
      type: fc.constantFrom('a', 'b', 'c'),
      major: number,
      minor: number,
      access: fc.constantFrom('r', 'w', 'm', 'rw', 'rm', 'rwm'),
    });
    const always = deviceFilter().exceptions.map((one) => ({ ...one, allow: true }));
    const numRuns = rounds(500);
    let said = 0;
    fc.assert(
      fc.property(fc.array(rule, { maxLength: 6 }), (list) => {
        let filter: DeviceFilter;
        try {
          filter = deviceFilter(list);
        } catch (error) {
          assert(error instanceof DrydockError && error.code === 'SPEC_INVALID');
          return;
        }
        said++;
        for (const type of ['b', 'c'] as const)
          for (const major of [1, 5, 7, 136])
            for (const minor of [1, 3, 5])
              for (const access of ['r', 'w', 'm']) {
                const wanted = meant([...(list as DeviceRule[]), ...always], type, major, minor, access);
                assert.equal(ask(filter, type, major, minor, access), wanted, `${type} ${major}:${minor} ${access}`);
              }
      }),
      { numRuns },
    );
    assert(said > numRuns / 10, `${said} of ${numRuns} lists were not refused`);
  });
});
