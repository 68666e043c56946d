import assert from 'node:assert/strict';
import { drydock } from '../support.ts';

describe('lesson capabilities, the demo', function () {
  this.timeout(60_000);

  it('shows the sets of root, of another user and of a setuid program, and leaves nothing', () => {
    const { code, out } = drydock(['demo', 'capabilities', '--auto']);
    assert.equal(code, 0, out);
    assert.match(out, /mounted +BAD: SYS_ADMIN/);
    assert.match(out, /(denied|not permitted).*\n? +GOOD/);
    assert.match(out, /CapEff without ambient +none/);
    assert.match(out, /CapEff with it ambient +NET_RAW +GOOD/);
    assert.match(out, /no_new_privs 0 +users 1000 0 0 0\n +its CapEff +\d+ capabilities +BAD/);
    assert.match(out, /no_new_privs 1 +users 1000 1000 1000 1000\n +its CapEff +0 capabilities +GOOD/);
    assert.match(out, /LEFT BEHIND {2}processes 0 · mounts 0 · cgroups 0 +GOOD/);
    for (const line of out.split('\n')) assert(line.length <= 80, `too long: ${line}`);
  });

  it('can play its attacks in the dock, where no disk can be opened', () => {
    const { code, out } = drydock(['demo', 'capabilities', '--break-it', '--auto']);
    assert.equal(code, 0, out);
    assert.match(out, /(opened|No such device.*) +BAD[\s\S]*mknod: .*not permitted/);
    assert.match(out, /LEFT BEHIND {2}processes 0 · mounts 0 · cgroups 0 +GOOD/);
  });
});
