import assert from 'node:assert/strict';
import { drydock } from '../support.ts';

describe('lesson volumes, the demo', function () {
  this.timeout(120_000);

  it('shows data that goes and data that stays, a volume that is filled once, one that is refused, and three kinds', () => {
    const { code, out } = drydock(['demo', 'volumes', '--auto']);
    assert.equal(code, 0, out);
    assert.match(out, /find \$ENGINE -name diary \| wc -l\s+0 +BAD: gone/);
    assert.match(out, /cat \$VOLUME\/diary\s+ahoy +GOOD/);
    assert.match(out, /copied up/);
    assert.match(out, /grep -c mine\s+1 +GOOD: not again/);
    assert.match(out, /volume rm data[^]*volume is in use[^]*GOOD: refused/);
    assert.equal([...out.matchAll(/BAD/g)].length, 1, out);
    for (const kind of ['/srv', '/mnt', '/run']) assert(out.includes(`OPTIONS ${kind}`), kind);
    assert.match(out, /LEFT BEHIND {2}processes 0 · mounts 0 · cgroups 0 +GOOD/);
    for (const line of out.split('\n')) assert(line.length <= 80, `too long: ${line}`);
  });
});
