/** Many containers at once, then none: the last starts like the first, and nothing of them stays. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { create, list, start, type Container } from '../../../src/runtime/container.ts';
import { remove } from '../../../src/runtime/remove.ts';
import { rounds } from '../../sample.ts';
import { boxed, leavesNothing, run, specOf } from '../support.ts';

const CROWD = rounds(500);
/** So many at the beginning and at the end are compared, by a quick one of each: whatever else the machine does slows some. */
const SOME = 50;

const quick = (numbers: readonly number[]): number => [...numbers].sort((a, b) => a - b)[numbers.length >> 3]!;
const kernelMemory = (): number => Number(/^Slab:\s+(\d+)/m.exec(readFileSync('/proc/meminfo', 'utf8'))![1]);

describe(`${CROWD} containers at once`, function () {
  this.timeout(300_000);
  leavesNothing();

  it('all run, and the last has started as fast as the first, within one and a half times', async () => {
    const boxes: { box: Container; id: string }[] = [];
    const times: number[] = [];
    const before = kernelMemory();
    try {
      for (let i = 0; i < CROWD; i++) {
        const options = boxed({ spec: specOf({ args: ['sleep', '1000'] }) });
        const from = performance.now();
        const box = await create(options);
        boxes.push({ box, id: options.id });
        await start(run, options.id);
        times.push(performance.now() - from);
      }
      assert.equal(list(run).filter(({ status }) => status === 'running').length, CROWD);
      const [first, last] = [quick(times.slice(0, SOME)), quick(times.slice(-SOME))];
      console.log(`      ${first.toFixed(1)} ms the first, ${last.toFixed(1)} ms the last`);
      assert(last <= first * 1.5, `${first.toFixed(1)} ms, then ${last.toFixed(1)} ms`);
    } finally {
      await Promise.all(boxes.map(({ id }) => remove(run, id, { force: true })));
      await Promise.all(boxes.map(({ box }) => box.wait()));
    }
    const after = kernelMemory();
    console.log(`      the kernel's memory: ${before >> 10} MiB before, ${after >> 10} MiB after`);
  });
});
