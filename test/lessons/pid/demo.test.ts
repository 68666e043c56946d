import assert from 'node:assert/strict';
import { drydock, starting } from '../support.ts';

describe('lesson pid, the demo', function () {
  this.timeout(60_000);

  it('shows the difference on real containers and leaves nothing', () => {
    const { code, out } = drydock(['demo', 'pid', '--auto']);
    assert.equal(code, 0, out);
    assert.match(out, /kill -0 \d+ +kill: No such process +BAD: it was yours/);
    assert.match(out, /\+ clone\(… \| NEWPID\) +isolators\/pid\.ts:\d+/);
    assert.match(out, /can't kill pid \d+: No such process +GOOD/);
    assert.match(out, /NSpid +\d+ +---> +1 +sleep/);
    assert.match(out, /Z Z Z Z Z +BAD/);
    assert.match(out, /\(none: gone\) +GOOD/);
    assert.match(out, /LEFT BEHIND {2}processes 0 · mounts 0 · cgroups 0 +GOOD/);
    for (const line of out.split('\n')) assert(line.length <= 80, `too long: ${line}`);
  });

  it('tidies up when it is interrupted', async () => {
    const demo = starting(['demo', 'pid', '--auto']);
    await demo.says('2/4');
    demo.process.kill('SIGINT');
    assert.equal(await demo.ended, 130);
    assert.match(demo.output(), /LEFT BEHIND {2}processes 0 · mounts 0 · cgroups 0 +GOOD/);
    assert.doesNotMatch(demo.output(), /YOUR TURN/);
  });
});
