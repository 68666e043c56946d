/** Many containers at once, then none: all of them run, and nothing of them stays. `npm run bench` tells how fast they start. */
import assert from 'node:assert/strict';
import { create, list, start, type Container } from '../../../src/runtime/container.ts';
import { remove } from '../../../src/runtime/remove.ts';
import { rounds } from '../../sample.ts';
import { boxed, leavesNothing, run, specOf } from '../support.ts';

const CROWD = rounds(500);

describe(`${CROWD} containers at once`, function () {
  this.timeout(300_000);
  leavesNothing();

  it('all run, and leave nothing', async () => {
    const boxes: { box: Container; id: string }[] = [];
    try {
      for (let i = 0; i < CROWD; i++) {
        const options = boxed({ spec: specOf({ args: ['sleep', '1000'] }) });
        boxes.push({ box: await create(options), id: options.id });
        await start(run, options.id);
      }
      assert.equal(list(run).filter(({ status }) => status === 'running').length, CROWD);
    } finally {
      await Promise.all(boxes.map(({ id }) => remove(run, id, { force: true })));
      await Promise.all(boxes.map(({ box }) => box.wait()));
    }
  });
});
