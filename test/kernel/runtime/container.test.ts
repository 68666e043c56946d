/** Many lives, one after the other and at once: afterwards everything is as before. */
import assert from 'node:assert/strict';
import { closeSync, linkSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { create, list, start, state } from '../../../src/runtime/container.ts';
import { exec } from '../../../src/runtime/exec.ts';
import { kill } from '../../../src/runtime/kill.ts';
import { remove } from '../../../src/runtime/remove.ts';
import { makeGo, sayGo } from '../../../src/runtime/go.ts';
import type { Isolator } from '../../../src/runtime/isolator.ts';
import { isolators } from '../../../src/runtime/isolators/index.ts';
import { checkId, readState, saveState, stateDir } from '../../../src/runtime/state.ts';
import { boxed, elsewhere, bundle, fresh, leavesNothing, run, runBox, specOf, until, withBox } from '../support.ts';

async function life(): Promise<void> {
  const options = boxed({ spec: specOf({ args: ['true'] }) });
  const box = await create(options);
  await start(run, options.id);
  assert.equal(await box.wait(), 0);
  assert.equal(state(run, options.id).status, 'stopped');
  await remove(run, options.id);
}

describe('the life of a container', function () {
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

describe('what is saved of a container', function () {
  leavesNothing();

  const sleeper = (): ReturnType<typeof specOf> => specOf({ args: ['sleep', '1000'] });

  it('is for nobody else to read', () =>
    withBox(boxed({ spec: sleeper() }), ({ id }) => {
      const dir = stateDir(run, id);
      assert.equal(statSync(run).mode & 0o777, 0o700);
      assert.equal(statSync(dir).mode & 0o777, 0o700);
      for (const name of ['state.json', 'claims.json', 'go', 'start-error'])
        assert.equal(statSync(join(dir, name)).mode & 0o777, 0o600, name);
    }));

  it('is found under its whole id, not under one that shares its folder', async () => {
    const short = fresh('').replace(/\D/g, '').padStart(12, '0').slice(-12);
    const [long, longer] = [short.padEnd(64, 'a'), `${short}0`];
    assert.equal(stateDir(run, long), stateDir(run, short));
    assert.notEqual(stateDir(run, longer), stateDir(run, short));
    await withBox(boxed({ spec: sleeper(), id: long }), () => {
      assert.equal(state(run, long).status, 'running');
      assert.throws(() => state(run, short), { code: 'NO_SUCH_CONTAINER' });
    });
  });

  it('is not of this boot when the machine has been started anew: then the pid is somebody else’s', () =>
    withBox(boxed({ spec: sleeper() }), ({ id, pid }) => {
      const dir = stateDir(run, id);
      const saved = readState(run, id);
      assert.deepEqual([state(run, id).status, state(run, id).pid], ['running', pid]);
      for (const change of [{ bootId: 'another' }, { startTime: `${saved.startTime}0` }]) {
        saveState(dir, { ...saved, ...change });
        assert.deepEqual([state(run, id).status, state(run, id).pid], ['stopped', 0]);
        assert.throws(() => kill(run, id, 9), { code: 'WRONG_STATE' });
      }
      saveState(dir, saved);
      assert.equal(state(run, id).status, 'running');
    }));

  it('is there before others are told that the container is created', async () => {
    const seen: string[] = [];
    const asking: Isolator = {
      name: 'asking',
      summary: 'asks for the state',
      at: { created: (_claim, { host }) => void seen.push(state(run, host.id).status) },
    };
    await withBox(boxed({ spec: sleeper(), isolators: [...isolators, asking] }), () => undefined);
    assert.deepEqual(seen, ['created']);
  });

  it('is written beside and renamed, so that a reader sees all or nothing', async () => {
    const witness = join(run, fresh('witness'));
    const waiting: Isolator = {
      name: 'waiting',
      summary: 'has a file where the state will be',
      prepare(_claim, { stateDir: dir }) {
        writeFileSync(witness, 'before');
        linkSync(witness, join(dir, 'state.json'));
      },
    };
    await withBox(boxed({ spec: sleeper(), isolators: [...isolators, waiting] }), ({ id }) => {
      assert.equal(state(run, id).status, 'running');
      assert.equal(readFileSync(witness, 'utf8'), 'before');
    });
    rmSync(witness);
  });

  it('has the version of the spec that it complies with, whatever the config says of its own', async () => {
    const spec = specOf({ args: ['sleep', '1000'] }, (config) => void (config.ociVersion = '1.0.0'));
    await withBox(boxed({ spec }), ({ id }) => assert.equal(state(run, id).ociVersion, '1.2.0'));
  });

  it('has the annotations of the config', async () => {
    const spec = specOf({ args: ['sleep', '1000'] }, (config) => void (config.annotations = { colour: 'red' }));
    await withBox(boxed({ spec }), ({ id }) => assert.deepEqual(state(run, id).annotations, { colour: 'red' }));
  });

  it('is listed with the oldest first', async () => {
    const ids: string[] = [];
    for (let i = 0; i < 5; i++) {
      const options = boxed({ spec: sleeper() });
      const before = Date.now();
      const box = await create(options);
      ids.push(options.id);
      process.kill(box.pid, 'SIGKILL');
      await box.wait();
      await until('the next millisecond', () => Date.now() > before);
    }
    assert.deepEqual(
      list(run).map(({ id }) => id),
      ids,
    );
    for (const id of ids) await remove(run, id);
  });

  it('has an id that is no path and no option', () => {
    for (const id of ['', '.', '..', '.a', '-a', '+a', 'a/b', '../a', 'a b', 'ä', 'a\n', 'a'.repeat(1025)])
      assert.throws(() => checkId(id), { code: 'ID_INVALID' }, id);
    for (const id of ['a', '_', '9', 'A.b+c-d_e', 'a'.repeat(1024)]) checkId(id);
  });
});

describe('a container in the wrong state', function () {
  leavesNothing();

  it('is neither killed nor entered when it has stopped', async () => {
    const options = boxed({ spec: specOf({ args: ['sleep', '1000'] }) });
    const box = await create(options);
    const entering = { process: { args: ['true'], cwd: '/', user: { uid: 0, gid: 0 } } };
    kill(run, options.id, 9);
    assert.equal(await box.wait(), 137);
    assert.throws(() => kill(run, options.id, 9), { code: 'WRONG_STATE', message: /container not running/ });
    await assert.rejects(exec(run, options.id, entering), {
      code: 'WRONG_STATE',
      message: /stopped, not created or running/,
    });
    await remove(run, options.id);
  });

  it('is told so when nobody waits at its fifo any more', async () => {
    const dir = mkdtempSync(join(run, 'go-'));
    Object.values(makeGo(dir)).forEach((fd) => closeSync(fd));
    await assert.rejects(sayGo(dir, 'box'), { code: 'WRONG_STATE', message: /not waiting to be started any more/ });
    rmSync(dir, { recursive: true });
  });
});
