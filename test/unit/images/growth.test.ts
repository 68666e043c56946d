import assert from 'node:assert/strict';
import { Growth } from '../../../src/images/growth.ts';

describe('a file that grows', () => {
  const all = async (growth: Growth): Promise<number> => {
    let last = 0;
    for await (const there of growth) last = there;
    return last;
  };

  it('is told of to each who reads it, to its end', async () => {
    const growth = new Growth(0);
    const readers = [all(growth), all(growth)];
    for (const size of [600_000, 1_200_000]) {
      growth.grows(size);
      await new Promise(setImmediate);
    }
    growth.ends(1_200_001);
    assert.deepEqual(await Promise.all(readers), [1_200_001, 1_200_001]);
  });

  it('ends with what has ended it, for each', async () => {
    const growth = new Growth(0);
    const readers = [all(growth), all(growth)];
    await new Promise(setImmediate);
    growth.cut(new Error('it began anew'));
    for (const reader of readers) await assert.rejects(reader, { message: 'it began anew' });
  });
});
