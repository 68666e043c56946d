import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { pauseContainer, unpauseContainer, type HealthConfig } from '../../../src/engine/index.ts';
import { stateDir } from '../../../src/runtime/state.ts';
import { until } from '../support.ts';
import { boxes } from './boxes.ts';

const MS = 1e6;

describe('a health check', () => {
  const lab = boxes();

  /** A container whose health is `command`'s exit code, and the statuses that are told of it. */
  async function checked(command: string, config: HealthConfig = {}): Promise<AsyncIterator<string>> {
    const events = lab.engine.events.subscribe({ filters: { type: ['container'] } });
    const Healthcheck = { Test: ['CMD-SHELL', command], Interval: 50 * MS, Retries: 2, ...config };
    await lab.run('box', 'sleep 1000', {}, { Healthcheck });
    return (async function* () {
      for await (const { Action } of events) if (Action.startsWith('health_status')) yield Action;
    })();
  }
  const health = (): NonNullable<ReturnType<typeof stateOf>['Health']> => stateOf().Health!;
  const stateOf = () => lab.engine.containers.find('box').record.State;

  it('that succeeds makes a container healthy, and is told once', async () => {
    const told = await checked('echo fine');
    assert.equal(health().Status, 'starting');
    assert.equal((await told.next()).value, 'health_status: healthy');
    await until('five results', () => health().Log.length === 5);
    const { Status, FailingStreak, Log } = health();
    assert.deepEqual([Status, FailingStreak], ['healthy', 0]);
    assert.deepEqual([Log[0]!.ExitCode, Log[0]!.Output], [0, 'fine\n']);
  });

  it('that fails often enough makes it unhealthy, and one success healthy again', async () => {
    const told = await checked('test -e /good');
    assert.equal((await told.next()).value, 'health_status: unhealthy');
    assert(health().FailingStreak >= 2);
    const { id } = lab.engine.containers.find('box');
    const { putArchive } = await import('../../../src/engine/archive.ts');
    const { writeTar } = await import('../../../src/layers/index.ts');
    const good = { type: 'file', path: Buffer.from('good'), mode: 0o644, uid: 0, gid: 0, size: 0 } as const;
    await putArchive(lab.engine, id, '/', writeTar([{ ...good, mtime: { seconds: 0, nanoseconds: 0 } }]));
    assert.equal((await told.next()).value, 'health_status: healthy');
  });

  it('that does not end in time counts as failed, and is killed', async () => {
    const told = await checked('sleep 777', { Timeout: 100 * MS, Retries: 1 });
    assert.equal((await told.next()).value, 'health_status: unhealthy');
    assert.deepEqual(
      [health().Log[0]!.ExitCode, health().Log[0]!.Output],
      [-1, 'Health check exceeded timeout (0.1s)'],
    );
  });

  it('is not due before its time, nor late before it, however long that is', async () => {
    const month = 30 * 24 * 3600e9;
    const Healthcheck = { Test: ['CMD-SHELL', 'echo early > /early'], Interval: month };
    await lab.run('patient', 'sleep 1000', {}, { Healthcheck });
    const told = await checked('true', { Timeout: month });
    assert.equal((await told.next()).value, 'health_status: healthy');
    assert.deepEqual(lab.engine.containers.find('patient').record.State.Health?.Log, []);
  });

  it('may fail while the container is starting', async () => {
    await checked('false', { StartPeriod: 3600e9 });
    await until('two results', () => health().Log.length >= 2);
    assert.deepEqual([health().Status, health().FailingStreak], ['starting', 0]);
  });

  it('rests while the container is paused, and leaves nothing in its run folder', async () => {
    await checked('true');
    await until('a result', () => health().Log.length > 0);
    await pauseContainer(lab.engine, 'box');
    await unpauseContainer(lab.engine, 'box');
    const { id, execs } = lab.engine.containers.find('box');
    await until('a moment between two checks', () => execs.size === 0);
    assert.deepEqual(
      readdirSync(stateDir(lab.engine.run, id)).filter((name) => name.startsWith('exec-')),
      [],
    );
  });
});
