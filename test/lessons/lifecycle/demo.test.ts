import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { drydock } from '../support.ts';

describe('lesson lifecycle, the demo', function () {
  this.timeout(120_000);

  it('shows a state that is asked for, a start by hand, and what stays until delete', () => {
    const { code, out } = drydock(['demo', 'lifecycle', '--auto']);
    assert.equal(code, 0, out);
    assert.match(out, /cat \S+state\s+running +BAD: it is dead/);
    assert.match(out, /drydock:created +State: S/);
    assert.match(out, /opened, and said nothing +created +GOOD/);
    assert.match(out, /one byte +running +GOOD/);
    assert.match(out, /"status":137[\s\S]*No such file or directory\s+GOOD: deleted/);
    assert.match(out, /LEFT BEHIND {2}processes 0 · mounts 0 · cgroups 0 +GOOD/);
    const run = join(process.env.DRYDOCK_RUN!, 'lifecycle');
    assert.deepEqual(existsSync(run) ? readdirSync(run) : [], []);
  });
});
