/** A container that cannot be removed: whoever waits for it hears why, and when nothing holds it any more it can be removed. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import {
  createContainer,
  inspectContainer,
  listContainers,
  removeContainer,
  startContainer,
  waitContainer,
  type Engine,
} from '../../../src/engine/index.ts';
import { native } from '../../../src/linux/native.ts';
import { unmountAll } from '../../../src/snapshots/mount.ts';
import { leavesNothing } from '../support.ts';
import { closed, freshPlaces, opened, sh } from './support.ts';

describe('a container that cannot be removed', () => {
  let engine: Engine;
  before(async () => (engine = await opened(freshPlaces())));
  after(() => closed(engine));
  leavesNothing();

  /** Mounts something in its folder, which holds that. */
  function hold(id: string): string {
    const held = join(engine.root, 'containers', id, 'held');
    mkdirSync(held);
    native.mount('tmpfs', held, 'tmpfs', 0, 'size=64k');
    return held;
  }

  for (const [what, host] of [
    ['by --rm after its end', { AutoRemove: true }],
    ['by somebody', {}],
  ] as const)
    it(`is dead, and whoever waits for its removal ${what} hears why`, async () => {
      const { Id } = await createContainer(engine, sh('exit 7', host), 'box');
      const held = hold(Id);
      const why = new RegExp(`^unable to remove filesystem for ${Id}: EBUSY`);
      try {
        const removed = waitContainer(engine, Id, 'removed');
        const ended = waitContainer(engine, Id, 'next-exit');
        await startContainer(engine, Id);
        assert.deepEqual(await ended, { StatusCode: 7 });
        if (!('AutoRemove' in host)) await assert.rejects(removeContainer(engine, Id), { message: why });
        const { StatusCode, NotRemoved } = await removed;
        assert.equal(StatusCode, 7);
        assert.match(NotRemoved!, why);
        const { State } = await inspectContainer(engine, Id);
        assert.deepEqual([State.Status, State.Dead, why.test(State.Error)], ['dead', true, true]);
        assert.equal((await listContainers(engine, { all: true }))[0]!.Status, 'Dead');
        await assert.rejects(startContainer(engine, Id), { code: 'CONFLICT', message: /marked for removal/ });
      } finally {
        unmountAll(held);
      }
      const removed = waitContainer(engine, Id, 'removed');
      await removeContainer(engine, 'box');
      assert.equal((await removed).NotRemoved, undefined);
      assert.deepEqual([await listContainers(engine, { all: true }), existsSync(held)], [[], false]);
    });
});
