import assert from 'node:assert/strict';
import { answerOf } from '../../../lessons/09-seccomp/on-paper.ts';
import { SECCOMP_RET_ALLOW, SECCOMP_RET_ERRNO } from '../../../src/linux/constants.ts';
import { assemble, ifEqual } from '../../../src/linux/bpf.ts';
import { ENOSYS, EPERM } from '../../../src/linux/errno.ts';
import { native } from '../../../src/linux/native.ts';
import { architecturesHere, families, onArchitecture, writtenByHand } from '../../../src/runtime/seccomp-by-hand.ts';
import { compiled } from '../../../src/runtime/seccomp.ts';
import type { SeccompProfile } from '../../../src/runtime/seccomp-schema.ts';

type Rule = NonNullable<SeccompProfile['syscalls']>[number];

const names = ['add_key', 'request_key', 'keyctl', 'mkdir', 'mkdirat', 'a call that nobody has'];
const rule = (more: Partial<Rule> = {}): Rule => ({ names, action: 'SCMP_ACT_ERRNO', ...more });
const profile = (more: Partial<SeccompProfile> = {}): SeccompProfile => ({
  defaultAction: 'SCMP_ACT_ALLOW',
  architectures: architecturesHere(),
  syscalls: [rule()],
  ...more,
});

describe('a filter that is written by hand', () => {
  it('answers as that of libseccomp does, in every architecture', () => {
    const ours = writtenByHand(profile());
    assert(ours);
    const rules = [{ names, action: SECCOMP_RET_ERRNO + EPERM, args: [] }];
    const theirs = native.compileFilter({ default: SECCOMP_RET_ALLOW, rules, arches: architecturesHere() });
    for (const { audit, names: abis } of families[process.arch]!) {
      const firsts = abis.includes('x32') ? [0, 0x40000000] : [0];
      for (const first of firsts)
        for (let number = first; number < first + 1000; number++)
          assert.equal(answerOf(ours, { audit, number }), answerOf(theirs, { audit, number }), `${audit} ${number}`);
    }
  });

  it('gives the errno that was asked for', () => {
    const filter = writtenByHand(profile({ syscalls: [rule({ errnoRet: ENOSYS })] }))!;
    const { audit, names: abis } = families[process.arch]![0]!;
    const number = native.syscallNumber('keyctl', abis[0])!;
    assert.equal(answerOf(filter, { audit, number }), SECCOMP_RET_ERRNO + ENOSYS);
  });

  const longer: Record<string, Partial<SeccompProfile>> = {
    'refuses by default': { defaultAction: 'SCMP_ACT_ERRNO' },
    'leaves an architecture of this machine to be killed': { architectures: architecturesHere().slice(1) },
    'has two errnos': { syscalls: [rule(), rule({ errnoRet: ENOSYS })] },
    'looks at arguments': { syscalls: [rule({ args: [{ index: 0, value: 1, op: 'SCMP_CMP_EQ' }] })] },
    kills: { syscalls: [rule({ action: 'SCMP_ACT_KILL' })] },
    'names a call that hides behind another one': { syscalls: [rule({ names: ['socket'] })] },
    'names more than a few': { syscalls: [rule({ names: Array.from({ length: 40 }, () => 'mkdir') })] },
  };
  for (const [what, more] of Object.entries(longer))
    it(`is left to libseccomp when the profile ${what}`, () => {
      assert.equal(writtenByHand(profile(more)), undefined);
      assert(compiled(profile(more)).filter.length > 0);
    });

  it('is refused when a jump would not fit into its byte', () => {
    const far = Array.from({ length: 255 }, () => ifEqual(1, {}));
    assert.throws(() => assemble(onArchitecture(1, far)), { name: 'RangeError', message: /would skip 256/ });
  });
});
