import assert from 'node:assert/strict';
import { exitCode } from '../../../src/runtime/wait.ts';

describe('the status of wait(2)', () => {
  it('has the exit code in its second byte', () => {
    assert.deepEqual([0x0000, 0x0300, 0xff00].map(exitCode), [0, 3, 255]);
  });

  it('has the signal in its low seven bits, beside the one for a core dump', () => {
    assert.deepEqual([9, 15, 0x80 | 11].map(exitCode), [137, 143, 139]);
  });
});
