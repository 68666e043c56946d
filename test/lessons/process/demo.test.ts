import assert from 'node:assert/strict';
import { drydock } from '../support.ts';

describe('lesson process, the demo', function () {
  this.timeout(60_000);

  it('is the first that the course shows, and is what it says', () => {
    const { code, out } = drydock(['demo', '--auto']);
    assert.equal(code, 0, out);
    assert.match(out, /lesson 00, process/);
    assert.match(out, / (\d+) +\1\n exec +another program, the same process/);
    assert.match(out, /before +number, name +(\d+) +drydock:child\n after +number, command +\1 +sleep 1000 +GOOD/);
    assert.match(out, /parent +\d+ +\(this demo\) +GOOD/);
    assert.match(out, /PATH=\/usr\/bin:\/bin +HELLO=you/);
    for (const [what, ended] of [
      ['exit 3', 3],
      ['kill -9 $$', 137],
      ['kill -TERM $$', 143],
    ] as const)
      assert(out.split('\n').some((line) => line.includes(`"${what}"`) && line.endsWith(` ${ended}`)));
    assert.match(out, /the parent never asks +Z Z Z +BAD/);
    assert.match(out, /the parent waits +\(none: gone\) +GOOD/);
    assert.match(out, /LEFT BEHIND {2}processes 0 · mounts 0 · cgroups 0 +GOOD/);
    for (const line of out.split('\n')) assert(line.length <= 80, `too long: ${line}`);
  });
});
