import assert from 'node:assert/strict';
import { drydock } from '../support.ts';

describe('lesson cgroups, the demo', function () {
  this.timeout(60_000);

  it('shows what limits do, what the kernel counts, and leaves nothing', () => {
    const { code, out } = drydock(['demo', 'cgroups', '--auto']);
    assert.equal(code, 0, out);
    assert.match(out, /101 processes +BAD: all it wants/);
    assert.match(out, /can't fork/);
    assert.match(out, /(1\d|20) processes +GOOD/);
    assert.match(out, /ended with 137/);
    assert.match(out, /oom_kill 1 +GOOD: it says why/);
    assert.match(out, /MemTotal: \d{7,} kB/);
    assert.match(out, /had to wait in \d+ +GOOD/);
    assert.match(out, /ticks, then \d+ +GOOD: not a tick/);
    assert.match(out, /LEFT BEHIND {2}processes 0 · mounts 0 · cgroups 0 +GOOD/);
    for (const line of out.split('\n')) assert(line.length <= 80, `too long: ${line}`);
  });

  it('sets off its fork bomb in the dock, where nobody else has to suffer from it', () => {
    const { code, out } = drydock(['demo', 'cgroups', '--break-it', '--auto']);
    assert.equal(code, 0, out);
    assert.match(out, /cannot fork any more +BAD/);
    assert.match(out, /its neighbour goes on +GOOD/);
    assert.match(out, /LEFT BEHIND {2}processes 0 · mounts 0 · cgroups 0 +GOOD/);
  });
});
