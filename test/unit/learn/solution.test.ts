/** The reference of an exercise as a person reads it in a terminal. */
import assert from 'node:assert/strict';
import { lookOf } from '../../../src/cli/output.ts';
import { findLesson } from '../../../src/learn/lessons.ts';
import { solutionText } from '../../../src/learn/solution.ts';

describe('the reference of an exercise', function () {
  this.timeout(60_000);
  const work = { root: '/no/such/workspace', owner: { uid: 0, gid: 0, home: '/' } };
  const text = async (columns: number): Promise<string> => {
    const look = { ...lookOf({}, { plain: true }), columns };
    return solutionText(work, await findLesson('process').parts.lesson(), true, look);
  };

  it('fits the terminal: a line that is too wide goes on behind an arrow', async () => {
    const narrow = await text(80);
    for (const line of narrow.split('\n')) assert(line.length <= 80, line);
    assert.match(narrow, /^    ↪ \S/m);
  });

  it('is source to take over where there is no width: whole lines, no numbers', async () => {
    const whole = await text(Infinity);
    assert.doesNotMatch(whole, /↪/);
    assert.match(whole, /^ \* What a shell would say .* ended it\.$/m);
    assert.match(whole, /^\/\/ src\/runtime\/wait[.]ts:\d+\n/);
    assert.match(whole, /\n\/\/ The runtime runs on this source[^\n]*$/);
  });
});
