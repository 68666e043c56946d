/** What two people ask of one container at the same time: it ends as one of both wanted, and never half way between. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import {
  attachContainer,
  commitContainer,
  createContainer,
  disconnectContainer,
  killContainer,
  removeContainer,
  renameContainer,
  startContainer,
  stopContainer,
} from '../../../src/engine/index.ts';
import { statPath } from '../../../src/engine/archive.ts';
import type { Container } from '../../../src/engine/engine.ts';
import { updateContainer } from '../../../src/engine/update.ts';
import { stateDir } from '../../../src/runtime/state.ts';
import { until } from '../support.ts';
import { boxes } from './boxes.ts';
import { sh } from './support.ts';

describe('at the same time', () => {
  const lab = boxes();
  const always = { RestartPolicy: { Name: 'always' }, Init: true } as const;
  const find = (name: string): Container => lab.engine.containers.find(name);
  const isThere = (name: string): boolean => existsSync(stateDir(lab.engine.run, find(name).id));

  /** Keeps everybody else from changing a container until the answer is called. */
  function held(container: Container): () => void {
    let letGo = (): void => undefined;
    void container.alone(() => new Promise<void>((resolve) => (letGo = resolve)));
    return () => letGo();
  }

  it('as it is started, rm --force removes a container', async () => {
    await createContainer(lab.engine, sh('sleep 1000'), 'box');
    const started = startContainer(lab.engine, 'box');
    await removeContainer(lab.engine, 'box', { force: true });
    await started;
    assert.equal(lab.engine.containers.get('box'), undefined);
  });

  it('as it is started, rm without force refuses', async () => {
    await createContainer(lab.engine, sh('sleep 1000'), 'box');
    const started = startContainer(lab.engine, 'box');
    await assert.rejects(removeContainer(lab.engine, 'box'), { code: 'CONFLICT', message: /a running container/ });
    await started;
  });

  for (const [verb, ask] of [
    ['rename', () => renameContainer(lab.engine, 'box', 'other')],
    ['update', () => updateContainer(lab.engine, 'box', { Memory: 64 << 20 })],
    ['commit', () => commitContainer(lab.engine, 'box')],
    ['cp', () => statPath(lab.engine, 'box', '/etc')],
    ['network disconnect', () => disconnectContainer(lab.engine, 'none', 'box')],
    ['start', () => startContainer(lab.engine, 'box')],
    ['attach', () => attachContainer(lab.engine, 'box', { stdout: true }, { write: () => undefined })],
  ] as const)
    it(`as it is removed, ${verb} hears that there is no such container`, async () => {
      await lab.make('box', 'true');
      const removed = removeContainer(lab.engine, 'box');
      await assert.rejects(ask(), { code: 'NO_SUCH_CONTAINER' });
      await removed;
    });

  for (const [verb, stop] of [
    ['stop', () => stopContainer(lab.engine, 'box')],
    ['kill', () => killContainer(lab.engine, 'box')],
  ] as const)
    it(`as its restart is due, ${verb} ends a container`, async () => {
      await lab.run('box', 'test -e /again && exec sleep 1000; touch /again', always);
      const box = find('box');
      await until('it waits for its restart', () => box.record.State.Restarting);
      const letGo = held(box);
      const due = box.restart as unknown as { _destroyed: boolean };
      await until('its restart stands in the queue', () => due._destroyed);
      const stopped = stop();
      letGo();
      await stopped;
      await until('it has ended', () => !box.record.State.Running);
      assert.equal(isThere('box'), false);
    });

  it('as it ends by itself, stop ends a container for good', async () => {
    await lab.run('box', 'sleep 1000', always);
    const box = find('box');
    // Its end is being written down when somebody stops it.
    let stopped: Promise<void> | undefined;
    void box.vessel!.ended.then(() => setImmediate(() => void (stopped = stopContainer(lab.engine, 'box'))));
    process.kill(box.record.State.Pid, 'SIGKILL');
    await until('somebody has stopped it', () => stopped !== undefined);
    await stopped;
    assert.deepEqual([box.record.State.Status, box.record.State.Running], ['exited', false]);
  });
});
