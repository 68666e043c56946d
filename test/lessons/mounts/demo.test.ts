import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { drydock } from '../support.ts';

describe('lesson mounts, the demo', function () {
  this.timeout(120_000);

  it('mounts on what is outside, then no more; uncovers what chroot has hidden, and finds nothing below a pivot', () => {
    const before = readFileSync('/proc/self/mountinfo', 'utf8').match(/ - tmpfs mine /g);
    const { code, out, err } = drydock(['demo', 'mounts', '--auto']);
    assert.equal(code, 0, out + err);
    assert.match(out, /findmnt -n -o TARGET -S mine\s+\/[^$#]+rootfs\/\s*mnt\s+BAD: it is on your machine/);
    assert.match(out, /\+ mount\(null, '\/', null, MS_REC \| MS_SLAVE, null\) +isolators\/rootfs\.ts:\d+/);
    assert.match(out, /findmnt -n -o TARGET -S mine\s+\(silence\) +GOOD/);
    assert.match(out, /\bboot\b[\s\S]*BAD: it was covered, not gone/);
    assert.match(out, /failed to execute ls: No such file\s+or directory +GOOD: nothing/);
    assert.match(out, /&& echo open\n +open +BAD: it is your kernel’s\n \+ masks[^]*Read-only file system +GOOD/);
    assert.match(out, /LEFT BEHIND {2}processes 0 · mounts 0 · cgroups 0 +GOOD/);
    // The folder of this test is longer than the usual one.
    const lines = out.split('\n').filter((line) => !line.endsWith('/rootfs/mnt'));
    for (const line of lines) assert(line.length <= 80, `too long: ${line}`);
    assert.deepEqual(readFileSync('/proc/self/mountinfo', 'utf8').match(/ - tmpfs mine /g), before);
  });
});
