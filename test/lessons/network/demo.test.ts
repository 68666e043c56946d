/** In the dock, which has a network of its own: nothing here touches that of the machine. */
import assert from 'node:assert/strict';
import { drydock } from '../support.ts';

describe('lesson network, the demo', function () {
  this.timeout(60_000);

  it('shows loopback, the cable from both ends, and its end', () => {
    const { code, out } = drydock(['demo', 'network', '--auto']);
    assert.equal(code, 0, out);
    assert.match(out, /all our secrets +BAD: it was yours/);
    assert.match(out, /\+ clone\(… \| NEWNET\) +isolators\/network\.ts:\d+/);
    assert.match(out, /Connection refused +GOOD/);
    const [, inner, outer] = /(\d+): eth0@if(\d+)/.exec(out)!;
    assert.match(out, new RegExp(`${outer}: dd[0-9a-f]{12}@if${inner}`));
    assert.match(out, /1 packets received, +GOOD/);
    assert.match(out, /does not exist\.\n? *GOOD/);
    assert.match(out, /LEFT BEHIND {2}processes 0 · mounts 0 · cgroups 0 +GOOD/);
    for (const line of out.split('\n')) assert(line.length <= 80, `too long: ${line}`);
  });

  it('shows that a neighbour’s address is believed without a check of the way, and not with it', () => {
    const { code, out } = drydock(['demo', 'network', '--break-it', '--auto']);
    assert.equal(code, 0, out);
    assert.match(out, /believes the sender +10\.213\.\d+\.\d+ got the answer +BAD/);
    assert.match(out, /looks where it came from +10\.213\.\d+\.\d+ got nothing +GOOD/);
  });
});
