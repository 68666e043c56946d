/** What an error is over HTTP. */
import assert from 'node:assert/strict';
import { bodyOf } from '../../../src/api/failure.ts';
import { DrydockError } from '../../../src/errors.ts';

describe('an error over HTTP', () => {
  it('says how to make room where a disk is full, whoever has met it', () => {
    const byNode = Object.assign(new Error('ENOSPC: no space left on device, write'), { errno: -28, code: 'ENOSPC' });
    const byUs = new DrydockError('SYSCALL', 'write("/x"): ENOSPC', { errno: 28, hint: 'No space.' });
    for (const error of [byNode, byUs]) assert.match(bodyOf(error).hint!, /`drydock system prune`/);
    assert.match(bodyOf(byUs).hint!, /^No space\. Where /);
    assert.equal(bodyOf(new DrydockError('SYSCALL', 'x', { errno: 2, hint: 'y' })).hint, 'y');
    assert.equal(bodyOf(new Error('x')).hint, undefined);
  });
});
