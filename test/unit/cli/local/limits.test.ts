/** Limits as options: Docker's names and units become the section of the config. */
import assert from 'node:assert/strict';
import { limitsOf, type LimitOptions } from '../../../../src/cli/local/limits.ts';
import { canLimitSwap } from '../../../../src/runtime/cgroupfs.ts';

const MiB = 2 ** 20;

describe('limits on the command line', () => {
  it('have Docker’s units', () => {
    const limit = (memory: string): unknown => limitsOf({ memory, memorySwap: '-1' }).memory?.limit;
    assert.deepEqual(['64m', '64M', '64mb', '1g', '4096k', '4096', '4096b'].map(limit), [
      ...[64 * MiB, 64 * MiB, 64 * MiB, 1024 * MiB],
      ...[4 * MiB, 4096, 4096],
    ]);
  });

  it('come with twice as much for memory and swap together, where swap can be limited', () => {
    const swap = canLimitSwap() ? { swap: 128 * MiB } : {};
    assert.deepEqual(limitsOf({ memory: '64m' }), { memory: { limit: 64 * MiB, ...swap } });
    assert.deepEqual(limitsOf({ memory: '64m', memorySwap: '64m' }).memory, { limit: 64 * MiB, swap: 64 * MiB });
    assert.deepEqual(limitsOf({ memory: '-1' }).memory, { limit: -1 });
  });

  it('of processors are a quota', () => {
    assert.deepEqual(limitsOf({ cpus: '0.5' }).cpu, { quota: 50_000, period: 100_000 });
    assert.deepEqual(limitsOf({ cpus: '.25', cpuShares: '512' }).cpu, { quota: 25_000, period: 100_000, shares: 512 });
    assert.deepEqual(limitsOf({ pidsLimit: '-1' }), { pids: { limit: -1 } });
    assert.deepEqual(limitsOf({}), {});
  });

  const wrong: readonly (readonly [LimitOptions, RegExp])[] = [
    [{ memory: '64q' }, /--memory is a number like/],
    [{ memory: '' }, /--memory is a number like/],
    [{ memorySwap: '64m' }, /memory and swap together/],
    [{ cpus: '0' }, /--cpus is a number like/],
    [{ cpus: '1e3' }, /--cpus is a number like/],
    [{ cpus: '-1' }, /--cpus is a number like/],
    [{ pidsLimit: 'all' }, /--pids-limit is a number like 500, not 'all'/],
    [{ pidsLimit: '64m' }, /--pids-limit is a number like 500, not '64m'/],
    [{ cpuShares: '1k' }, /--cpu-shares is a number like 500, not '1k'/],
  ];
  for (const [options, message] of wrong)
    it(`are refused as ${JSON.stringify(options)}`, () =>
      assert.throws(() => limitsOf(options), { code: 'BAD_USAGE', message }));
});
