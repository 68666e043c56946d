import assert from 'node:assert/strict';
import { drydock } from '../support.ts';

describe('lesson user, the demo', function () {
  this.timeout(60_000);

  it('shows whose file it is, inside and outside, and leaves nothing', () => {
    const { code, out } = drydock(['demo', 'user', '--auto']);
    assert.equal(code, 0, out);
    assert.match(out, /mine \/ was here +BAD: it was yours/);
    assert.match(out, /\+ clone\(… \| NEWUSER\) +isolators\/user\.ts:\d+/);
    assert.match(out, /can't create \/mnt\/diary: Permission denied\n.*mine +GOOD/);
    assert.match(out, /uid_map +0 [1-9]\d+ 65536/);
    assert.match(out, />gid_map\n +EPERM.*BAD\n.*>setgroups +written +GOOD\n.*>gid_map\n +written +GOOD/);
    assert.match(out, /LEFT BEHIND {2}processes 0 · mounts 0 · cgroups 0 +GOOD/);
    for (const line of out.split('\n')) assert(line.length <= 80, `too long: ${line}`);
  });
});
