import assert from 'node:assert/strict';
import { encode } from '../../../src/runtime/encode.ts';
import { record, slot, type Plan, type Step } from '../../../src/runtime/plan.ts';

function steps(body: (plan: Plan) => void): Step[] {
  const recording = record();
  body(recording.recorder('test', 'join'));
  return recording.steps;
}

const packed = (body: (plan: Plan) => void, given: Record<string, number> = {}) =>
  encode({ steps: steps(body), cloneFlags: 0, joins: [], tasks: [], given });

describe('encode', () => {
  it('starts with the magic and says how many steps follow', () => {
    const bytes = packed((plan) => void plan.setsid());
    assert.equal(bytes.toString('latin1', 0, 8), 'DRYDOCK1');
    assert.equal(bytes.readUInt32LE(8 + 4 + 4 + 4 + 4 + 4 + 4), 1);
    assert.ok(bytes.includes('setsid\0'));
  });

  it('refuses a slot that nothing fills, with the step and its name', () => {
    assert.throws(() => packed((plan) => void plan.fchdir(slot('root'))), {
      code: 'PLAN_INVALID',
      message: /step 0 \(fchdir\): fd: no step fills the slot 'root'/,
    });
  });

  it('takes a slot that an earlier step fills, or the caller gives', () => {
    packed((plan) => {
      plan.open_root('/').into('root');
      plan.fchdir(slot('root'));
    });
    packed((plan) => void plan.fchdir(slot('root')), { root: 7 });
  });

  it('refuses a NUL byte, behind which the kernel would not look', () => {
    assert.throws(() => packed((plan) => void plan.chdir('/srv\0/etc')), { code: 'PLAN_INVALID', message: /NUL/ });
  });

  it('refuses an argument that is missing', () => {
    assert.throws(() => packed((plan) => void plan.chdir(null as unknown as string)), {
      code: 'PLAN_INVALID',
      message: /path is missing/,
    });
  });

  it('refuses a number that is none', () => {
    assert.throws(() => packed((plan) => void plan.umask(0.5)), { code: 'PLAN_INVALID', message: /0\.5/ });
  });

  it('keeps bytes that are no UTF-8', () => {
    const bytes = packed((plan) => void plan.write_file('/proc/x', Buffer.from([0xff, 0, 0xfe])));
    assert.ok(bytes.includes(Buffer.from([3, 0, 0, 0, 0xff, 0, 0xfe, 0])));
  });

  it('packs an environment of a megabyte', () => {
    const env = Array.from({ length: 1000 }, (_, i) => `V${i}=${'x'.repeat(1024)}`);
    assert.ok(packed((plan) => void plan.execve(['true'], env)).length > 1_000_000);
  });
});
