/** Many lives, one after the other and at once: afterwards everything is as before. */
import assert from 'node:assert/strict';
import { create, list, remove, start, state } from '../../../src/runtime/container.ts';
import { boxed, elsewhere, bundle, fresh, leavesNothing, run, runBox, specOf } from '../support.ts';

async function life(): Promise<void> {
  const options = boxed({ spec: specOf({ args: ['true'] }) });
  const box = await create(options);
  await start(run, options.id);
  assert.equal(await box.wait(), 0);
  assert.equal(state(run, options.id).status, 'stopped');
  await remove(run, options.id);
}

describe('the life of a container', function () {
  this.timeout(120_000);
  leavesNothing();

  it('leaves nothing, a hundred times one after the other', async () => {
    for (let i = 0; i < 100; i++) await life();
  });

  it('leaves nothing, a hundred times with ten at once', async () => {
    const worker = async (): Promise<void> => {
      for (let i = 0; i < 10; i++) await life();
    };
    await Promise.all(Array.from({ length: 10 }, worker));
  });

  it('leaves nothing when it is removed as soon as it is created', async () => {
    for (let i = 0; i < 20; i++) {
      const options = boxed({ spec: specOf({ args: ['true'] }) });
      const box = await create(options);
      await Promise.all([remove(run, options.id, { force: true }), box.wait()]);
    }
  });

  it('is had by exactly one of several that create with one id at once', async () => {
    const id = fresh('wanted');
    const spec = specOf({ args: ['sleep', '1000'] });
    const all = await Promise.allSettled(Array.from({ length: 5 }, () => create(boxed({ spec, id }))));
    const codes = all.flatMap((one) => (one.status === 'rejected' ? [(one.reason as { code: string }).code] : []));
    assert.deepEqual(codes, Array(4).fill('ID_IN_USE'));
    assert.equal(state(run, id).status, 'created');
    await remove(run, id, { force: true });
    for (const one of all) if (one.status === 'fulfilled') assert.equal(await one.value.wait(), 137);
  });

  it('is had by exactly one of several processes that create with one id at once', async () => {
    const id = fresh('wanted');
    const all = await Promise.all([1, 2, 3].map(() => elsewhere('create', run, id, bundle())));
    const codes = all.flatMap(({ error }) => error?.code ?? []);
    assert.deepEqual(codes, ['ID_IN_USE', 'ID_IN_USE']);
    assert.equal(state(run, id).status, 'created');
    await remove(run, id, { force: true });
  });

  it('frees its id for the next one', async () => {
    const id = fresh('again');
    for (let i = 0; i < 3; i++) await runBox({ id, spec: specOf({ args: ['true'] }) });
  });

  it('shows in the list, from create to remove', async () => {
    const options = boxed({ spec: specOf({ args: ['sleep', '1000'] }) });
    const seen = (): string | undefined => list(run).find(({ id }) => id === options.id)?.status;
    assert.equal(seen(), undefined);
    const box = await create(options);
    assert.equal(seen(), 'created');
    await start(run, options.id);
    assert.equal(seen(), 'running');
    await assert.rejects(remove(run, options.id), { code: 'WRONG_STATE' });
    process.kill(box.pid, 'SIGTERM');
    process.kill(box.pid, 'SIGKILL');
    await box.wait();
    assert.equal(seen(), 'stopped');
    await remove(run, options.id);
    assert.equal(seen(), undefined);
    await assert.rejects(remove(run, options.id), { code: 'NO_SUCH_CONTAINER' });
    await remove(run, options.id, { force: true });
  });
});
