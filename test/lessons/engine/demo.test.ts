import assert from 'node:assert/strict';
import { drydock } from '../support.ts';

describe('lesson engine, the demo', function () {
  this.timeout(120_000);

  it('shows what is on the disk after each call, two streams in one, and what outlives kill -9', () => {
    const { code, out } = drydock(['demo', 'engine', '--auto']);
    assert.equal(code, 0, out);
    for (const [call, standing] of [
      ['POST +containers/create', 'created'],
      ['POST +containers/box/start', 'running \\+ state.json'],
      ['POST +containers/box/kill', 'exited'],
      ['DELETE containers/box', 'no record'],
    ])
      assert.match(out, new RegExp(`${call} +${standing}\n`));
    assert.match(out, /stream 1 +"out\\n"\n stream 2 +"err\\n"/);
    assert.match(out, /kill -0 \$ENGINE +kill: No such process +GOOD/);
    assert.match(out, /it says of the first +running, the same process +GOOD\n and of the other +exited, 7 +GOOD/);
    assert.match(out, /folders on the disk +1, .*\n after the next engine +0 +GOOD/);
    assert.doesNotMatch(out, /BAD/);
    assert.match(out, /LEFT BEHIND {2}processes 0 · mounts 0 · cgroups 0 +GOOD/);
    for (const line of out.split('\n')) assert(line.length <= 80, `too long: ${line}`);
  });
});
