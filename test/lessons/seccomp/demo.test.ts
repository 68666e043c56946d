import assert from 'node:assert/strict';
import { drydock } from '../support.ts';

describe('lesson seccomp, the demo', function () {
  this.timeout(120_000);

  it('shows what a container reaches, what covers it, and a filter that forgets a door', () => {
    const { code, out } = drydock(['demo', 'seccomp', '--auto']);
    assert.equal(code, 0, out);
    assert.match(out, /WITHOUT seccomp[\s\S]*open for writing +BAD[\s\S]*Seccomp: 0/);
    assert.match(out, /\+ mask_at, readonly_at +isolators\/masks\.ts:\d+/);
    assert.match(out, /wc -c <\/proc\/timer_list +0 +GOOD/);
    assert.match(out, /Read-only file system +GOOD/);
    assert.match(out, /EFAULT[\s\S]*the kernel looked at it[\s\S]*EPERM[\s\S]*GOOD[\s\S]*Seccomp: 2/);
    assert.match(out, /LEFT BEHIND {2}processes 0 · mounts 0 · cgroups 0 +GOOD/);
    for (const line of out.split('\n')) assert(line.length <= 80, `too long: ${line}`);
  });
});
