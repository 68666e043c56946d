import assert from 'node:assert/strict';
import { native } from '../../../src/linux/native.ts';
import { architectures, callsAfter316, filter316 } from '../../../src/linux/seccomp316.ts';

const libseccompNames = { x64: 'x86_64', arm64: 'aarch64' } as const;
const younger = new Set(Object.values(callsAfter316).flat());
/** Older ones, which the comparison must let through; renameat2 (3.15) has the number just below the line. */
const older = ['renameat2', 'sched_setattr', 'finit_module', 'kcmp', 'unshare', 'ioctl', 'prctl', 'setns'];

for (const arch of ['x64', 'arm64'] as const) {
  describe(`the filter of Linux 3.16 on ${arch}`, () => {
    const table = architectures[arch];
    const numberOf = (name: string) => native.syscallNumber(name, libseccompNames[arch]);

    it('has every younger call above its line and every older one below', () => {
      let known = 0;
      for (const name of younger) {
        const number = numberOf(name);
        if (number === undefined) continue; // This libseccomp is older than the call, or the architecture lacks it.
        known++;
        assert.ok(number >= table.firstNew, name);
      }
      assert.ok(known > 30);
      for (const name of older) assert.ok(numberOf(name)! < table.firstNew, name);
    });

    it('knows the numbers that it compares with', () => {
      for (const name of ['getrandom', 'unshare', 'ioctl', 'prctl'] as const) assert.equal(table[name], numberOf(name));
      assert.equal(table.firstNew, numberOf('seccomp'));
    });

    it('jumps only forwards and inside the program, which ends with an answer', () => {
      const bytes = filter316(arch);
      const length = bytes.length / 8;
      for (let i = 0; i < length; i++) {
        const furthest = i + 1 + Math.max(bytes.readUInt8(i * 8 + 2), bytes.readUInt8(i * 8 + 3));
        const answers = bytes.readUInt16LE(i * 8) === 0x06;
        assert.ok(answers || furthest < length, `instruction ${i}`);
      }
    });
  });
}
