/** A terminal that goes away, and two who do the same at once. */
import assert from 'node:assert/strict';
import { closeSync } from 'node:fs';
import { native } from '../../../src/linux/native.ts';
import { create, start, state } from '../../../src/runtime/container.ts';
import { remove } from '../../../src/runtime/remove.ts';
import { boxed, leavesNothing, run, specOf, until } from '../support.ts';

describe('a container whose terminal goes away', function () {
  leavesNothing();

  for (const supervise of [false, true])
    it(`ends, ${supervise ? 'with' : 'without'} a supervisor`, async () => {
      const [ours, theirs] = native.seqpacketPair();
      const spec = specOf({ args: ['cat'], terminal: true });
      const options = boxed({ spec, consoleSocket: theirs, supervise });
      const box = await create(options);
      closeSync(theirs);
      const master = await until('the master', () => {
        try {
          return native.receive(ours)?.fds[0];
        } catch {
          return undefined;
        }
      });
      closeSync(ours);
      const ended = box.wait();
      await start(run, options.id);
      closeSync(master);
      await ended;
      assert.equal(state(run, options.id).status, 'stopped');
      await remove(run, options.id);
    });
});

describe('two at once', function () {
  leavesNothing();

  it('remove one container, and both are content', async () => {
    for (let round = 0; round < 20; round++) {
      const options = boxed({ spec: specOf({ args: ['sleep', '1000'] }) });
      const box = await create(options);
      await Promise.all([1, 2, 3].map(() => remove(run, options.id, { force: true })));
      await box.wait();
    }
  });

  it('start and remove one container: it runs for a moment, or is told to be gone', async () => {
    for (let round = 0; round < 20; round++) {
      const options = boxed({ spec: specOf({ args: ['sleep', '1000'] }) });
      const box = await create(options);
      const [started] = await Promise.allSettled([start(run, options.id), remove(run, options.id, { force: true })]);
      await box.wait();
      if (started.status === 'rejected')
        assert.match((started.reason as { code: string }).code, /^(WRONG_STATE|NO_SUCH_CONTAINER|SHIM_DIED)$/);
    }
  });
});
