/** A disk that has no room left: what a container does cannot be written down, and whoever waits for it hears of it. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  attachContainer,
  createContainer,
  removeContainer,
  startContainer,
  stopContainer,
  waitContainer,
  type CreateRequest,
  type Engine,
  type HostConfig,
} from '../../../src/engine/index.ts';
import { VESSEL } from '../../../src/engine/attach.ts';
import type { Container } from '../../../src/engine/container.ts';
import { engineInfo } from '../../../src/engine/info.ts';
import { native } from '../../../src/linux/native.ts';
import { stateDir } from '../../../src/runtime/state.ts';
import { readEnding } from '../../../src/runtime/vessel-client.ts';
import { until } from '../support.ts';
import { closed, freshPlaces, opened, sh } from './support.ts';

const MEGABYTES = 24;
const PIECE = Buffer.alloc(64 * 1024);

describe('an engine whose disk is full', function () {
  const places = freshPlaces();
  let engine: Engine;
  before(async () => {
    mkdirSync(places.root, { recursive: true });
    native.mount('tmpfs', places.root, 'tmpfs', 0, `size=${MEGABYTES}m,mode=0700`);
    engine = await opened(places);
  });
  after(() => closed(engine).catch((error: NodeJS.ErrnoException) => assert.equal(error.code, 'ENOENT')));
  afterEach(async () => {
    makeRoom();
    for (const { id } of engine.containers.all()) await removeContainer(engine, id, { force: true, volumes: true });
  });

  const ballast = (): string => join(places.root, 'ballast');
  const makeRoom = (): void => rmSync(ballast(), { force: true });

  function fill(): void {
    try {
      for (;;) writeFileSync(ballast(), PIECE, { flag: 'a' });
    } catch (error) {
      assert.equal((error as NodeJS.ErrnoException).code, 'ENOSPC');
    }
  }

  /** A container, and what a client of `run` waits for. */
  async function made(script: string, host: HostConfig = {}, more: Partial<CreateRequest> = {}) {
    const { Id } = await createContainer(engine, sh(script, host, { ...more, OpenStdin: true }), 'box');
    const attached = await attachContainer(engine, Id, { stdin: true, stdout: true }, { write: () => undefined });
    const end = waitContainer(engine, Id, host.AutoRemove ? 'removed' : 'next-exit');
    return { container: engine.containers.find(Id), attached, end };
  }

  const leavesNothingOf = ({ id, folder }: Container): void => {
    assert.equal(engine.containers.get(id), undefined);
    assert.deepEqual([existsSync(folder), existsSync(stateDir(engine.run, id))], [false, false]);
  };
  const withVolume = { Volumes: { '/data': {} } };

  it('refuses a start, and whoever waits and is attached hears of its end', async () => {
    const { container, attached, end } = await made('exit 0');
    fill();
    await assert.rejects(startContainer(engine, 'box'), /ENOSPC|no space left/i);
    await attached.ended;
    const { StatusCode, Error } = await end;
    assert.equal(StatusCode, 128);
    assert.match(Error!.Message, /ENOSPC|no space left/i);
    makeRoom();
    await startContainer(engine, 'box');
    assert.deepEqual(await waitContainer(engine, container.id), { StatusCode: 0 });
  });

  for (const [what, more] of [
    ['without volumes', {}],
    ['with one', withVolume],
  ] as const)
    it(`removes what could not be started, with --rm, ${what}`, async () => {
      const { container, attached, end } = await made('exit 0', { AutoRemove: true }, more);
      fill();
      await assert.rejects(startContainer(engine, 'box'), /ENOSPC|no space left/i);
      await Promise.all([attached.ended, end]);
      leavesNothingOf(container);
    });

  it('tells the end of a program, though it cannot be written down', async () => {
    const { container, attached, end } = await made('read line; exit 7');
    await startContainer(engine, 'box');
    fill();
    await attached.input(Buffer.from('go\n'));
    await attached.ended;
    assert.deepEqual(await end, { StatusCode: 7 });
    assert.equal(container.record.State.Status, 'exited');
  });

  it('keeps the end that stands in the run folder alone, also when it is to be started again', async () => {
    const { container, attached, end } = await made('read line; exit 7');
    await startContainer(engine, 'box');
    fill();
    await attached.input(Buffer.from('go\n'));
    await end;
    await assert.rejects(startContainer(engine, 'box'), /ENOSPC|no space left/i);
    assert.equal(readEnding(stateDir(engine.run, container.id), VESSEL)?.status, 7);
    assert.equal(container.record.State.ExitCode, 7);
    assert.match(container.record.State.Error, /ENOSPC|no space left/i);
    makeRoom();
    await startContainer(engine, 'box');
    assert.equal(container.record.State.Status, 'running');
  });

  for (const [what, more] of [
    ['without volumes', {}],
    ['with one', withVolume],
  ] as const)
    it(`removes what has ended, with --rm, ${what}`, async () => {
      const { container, attached, end } = await made('read line; exit 7', { AutoRemove: true }, more);
      await startContainer(engine, 'box');
      fill();
      await attached.input(Buffer.from('go\n'));
      assert.deepEqual(await end, { StatusCode: 7 });
      leavesNothingOf(container);
    });

  it('gives up a restart that has no room, and says so to whoever waits', async () => {
    const { container, attached, end } = await made('read line; exit 7', { RestartPolicy: { Name: 'always' } });
    await startContainer(engine, 'box');
    fill();
    await attached.input(Buffer.from('go\n'));
    assert.equal((await end).StatusCode, 7);
    await until('the restart has failed', () => !container.record.State.Restarting);
    await container.alone(() => undefined);
    assert.deepEqual([container.record.State.Status, container.record.State.ExitCode], ['exited', 7]);
    assert.match(container.record.State.Error, /ENOSPC|no space left/i);
  });

  it('stops one that was to be restarted', async () => {
    const { container } = await made('exit 7', { RestartPolicy: { Name: 'always' } });
    await startContainer(engine, 'box');
    await until('it waits for its restart', () => container.record.State.Restarting && (container.pause ?? 0) >= 400);
    fill();
    const stopped = container.next('stopped');
    await stopContainer(engine, 'box').catch((error: Error) => assert.match(error.message, /ENOSPC/));
    await stopped;
    assert.equal(container.record.State.Restarting, false);
  });

  it('tells of itself all the same', async () => {
    rmSync(join(places.root, 'engine-id'), { force: true });
    fill();
    assert.equal((await engineInfo(engine)).ID, '');
    makeRoom();
    assert.match(String((await engineInfo(engine)).ID), /^(\w{4}:){11}\w{4}$/);
  });

  it('goes on with health checks', async () => {
    const Healthcheck = { Test: ['CMD-SHELL', 'test ! -e /tmp/sick'], Interval: 50e6, Retries: 1 };
    const { container } = await made(
      'read line; : > /tmp/sick; sleep 1000',
      { Tmpfs: { '/tmp': '' } },
      { Healthcheck },
    );
    const attached = [...container.clients][0]!;
    await startContainer(engine, 'box');
    fill();
    const status = (wanted: string) => until(wanted, () => container.record.State.Health?.Status === wanted);
    await status('healthy');
    await attached.input(Buffer.from('go\n'));
    await status('unhealthy');
  });
});
