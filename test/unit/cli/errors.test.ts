import assert from 'node:assert/strict';
import { Chalk } from 'chalk';
import { asDrydockError, errorJson, errorText, exitCodeOf } from '../../../src/cli/errors.ts';
import { DrydockError } from '../../../src/errors.ts';

const look = { columns: 80, style: new Chalk({ level: 0 }) };

describe('an error', () => {
  const failed = new DrydockError('STEP_FAILED', 'step 9, pivot_root: EINVAL', {
    isolator: 'pivot',
    step: 9,
    call: 'pivot_root',
    args: ['.', 'old'],
    errno: 22,
    at: 'src/runtime/isolators/rootfs.ts:31',
    hint: 'look at the propagation',
  });

  it('is printed with call, meaning, line and hint', () => {
    const lines = errorText(failed, look).split('\n');
    assert.equal(lines[0], 'drydock: step 9, pivot_root: EINVAL');
    assert(lines.includes('  call     pivot_root(".", "old") = EINVAL'));
    assert(lines.some((line) => /^ {2}means {4}\S/.test(line)));
    assert(lines.includes('  at       src/runtime/isolators/rootfs.ts:31'));
    assert(lines.includes('  hint     look at the propagation'));
    assert(lines.every((line) => line.length <= 80));
  });

  it('does not say the same thing twice', () => {
    const text = errorText(
      new DrydockError('SYSCALL', 'mount("a"): EPERM. No.', { call: 'mount', args: ['a'], errno: 1 }),
      look,
    );
    assert.equal(text.match(/mount\(/g)?.length, 1);
  });

  it('is the first of several, which the others only followed', () => {
    const other = new DrydockError('SYSCALL', 'rmdir: EBUSY');
    const both = asDrydockError(new AggregateError([failed, other], 'one; then the other'));
    assert.deepEqual([both.code, both.call, both.errno], [failed.code, failed.call, failed.errno]);
    assert.equal(both.message, 'one; then the other');
  });

  it('tells where it happened when DRYDOCK_DEBUG asks for it', () => {
    process.env.DRYDOCK_DEBUG = '1';
    try {
      assert.match(errorText(failed, look), /\n +at .*errors\.test\.ts/);
    } finally {
      delete process.env.DRYDOCK_DEBUG;
    }
    assert.doesNotMatch(errorText(failed, look), /errors\.test\.ts/);
  });

  it('is data of the same content', () => {
    const { error } = errorJson(failed) as { error: Record<string, unknown> };
    assert.deepEqual(
      [error.code, error.isolator, error.step, error.shown, error.errno, error.errnoName, error.at],
      ['STEP_FAILED', 'pivot', 9, 'pivot_root(".", "old")', 22, 'EINVAL', 'src/runtime/isolators/rootfs.ts:31'],
    );
  });

  it('has the exit codes of Docker', () => {
    assert.equal(exitCodeOf(new DrydockError('PROGRAM_NOT_FOUND', '')), 127);
    assert.equal(exitCodeOf(new DrydockError('PROGRAM_NOT_EXECUTABLE', '')), 126);
    assert.equal(exitCodeOf(new DrydockError('START_FAILED', '', { errno: 2 })), 127);
    assert.equal(exitCodeOf(new DrydockError('START_FAILED', '', { errno: 8 })), 126);
    assert.equal(exitCodeOf(failed), 125);
    assert.equal(exitCodeOf(new Error('ours')), 125);
    assert.equal(exitCodeOf(undefined), 125);
  });

  it('keeps the call of a refusal that came from node:fs', () => {
    const error = Object.assign(new Error('ENOSPC: no space'), {
      errno: -28,
      syscall: 'write',
      path: '/x',
      code: 'ENOSPC',
    });
    const { code, call, args, errno } = asDrydockError(error);
    assert.deepEqual([code, call, args, errno], ['SYSCALL', 'write', ['/x'], 28]);
  });

  it('is a mistake of ours when it is anything else', () => {
    assert.equal(asDrydockError(new TypeError('x is undefined')).code, 'INTERNAL');
    assert.equal(asDrydockError('thrown text').message, 'thrown text');
  });
});
