/** What the next engine finds after kill -9: everything that was acknowledged, and nothing that was not. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  attachContainer,
  commitContainer,
  connectContainer,
  containerLogs,
  createExec,
  inspectContainer,
  inspectExec,
  killContainer,
  listContainers,
  openEngine,
  removeContainer,
  renameContainer,
  startContainer,
  startExec,
  waitContainer,
  type ContainerRecord,
  type CreateAnswer,
  type Engine,
} from '../../../src/engine/index.ts';
import { failpoints, type Failpoint } from '../../../src/engine/failpoint.ts';
import { updateContainer } from '../../../src/engine/update.ts';
import { readState } from '../../../src/runtime/state.ts';
import { leavesNothing, until } from '../support.ts';
import { closed, Elsewhere, freshPlaces, opened, sh, type Places } from './support.ts';

describe('an engine that is killed', function () {
  this.timeout(120_000);
  let places: Places;
  let first: Elsewhere | undefined;
  let next: Engine | undefined;

  beforeEach(async () => {
    places = freshPlaces();
    // The image, and what Node opens once for all.
    await (await opened(places)).close();
  });
  afterEach(async () => {
    await first?.kill();
    next ??= await openEngine(places);
    await closed(next);
    [first, next] = [undefined, undefined];
  });
  leavesNothing();

  async function begun(script: string, host = {}, failpoint?: Failpoint): Promise<string> {
    first = await Elsewhere.open(places, failpoint);
    const { Id } = (await first.do('createContainer', sh(script, host), 'box')) as CreateAnswer;
    await first.do('startContainer', Id);
    return Id;
  }

  async function killedAndOpened(): Promise<Engine> {
    await first!.kill();
    return (next = await openEngine(places));
  }

  async function logOf(engine: Engine, id: string): Promise<string> {
    let text = '';
    for await (const { bytes } of containerLogs(engine, id, { stdout: true, stderr: true })) text += bytes.toString();
    return text;
  }

  it('has its containers back: log, attach, exec, and the exit code when it comes', async () => {
    const id = await begun('i=0; while [ ! -e /stop ]; do i=$((i+1)); echo $i; sleep 0.05; done; exit 9');
    const engine = await killedAndOpened();
    const { State } = await inspectContainer(engine, 'box');
    assert.equal(State.Status, 'running');
    let heard = '';
    const write = (_: 1 | 2, bytes: Buffer): void => void (heard += bytes.toString());
    const client = await attachContainer(engine, 'box', { stdout: true }, { write });
    await until('its output goes on', () => heard.includes('\n'));
    const exec = await createExec(engine, 'box', { Cmd: ['touch', '/stop'], AttachStdout: true });
    const end = waitContainer(engine, 'box');
    await (await startExec(engine, exec.Id, {}, { write }))!.ended;
    assert.deepEqual(await end, { StatusCode: 9 });
    await client.ended;
    const lines = (await logOf(engine, id)).trim().split('\n').map(Number);
    assert.deepEqual(
      lines,
      lines.map((_, i) => i + 1),
    );
  });

  it('knows how those ended that ended without it', async () => {
    const id = await begun('sleep 0.3; exec dd if=/dev/zero of=/dev/null bs=100M count=1', { Memory: 16 << 20 });
    const vesselEnd = join(places.run, id.slice(0, 12), 'shim.exit');
    await first!.kill();
    await until(
      'it has ended',
      () => readdirSync(join(places.run, id.slice(0, 12))).includes('shim.exit') && vesselEnd,
    );
    const engine = (next = await openEngine(places));
    const { State } = await inspectContainer(engine, id);
    assert.deepEqual([State.Status, State.ExitCode, State.OOMKilled], ['exited', 137, true]);
    assert.deepEqual(readdirSync(places.run), []);
  });

  it('accounts for execs that went on, and for those that ended', async () => {
    const id = await begun('sleep 1000', { Init: true });
    const started = async (...Cmd: string[]): Promise<string> => {
      const { Id } = (await first!.do('createExec', id, { Cmd })) as { Id: string };
      await first!.do('startExec', Id, { detach: true });
      return Id;
    };
    const [long, short] = [await started('sleep', '1000'), await started('sh', '-c', 'exit 5')];
    await first!.kill();
    await until('the short one is over', () =>
      readdirSync(join(places.run, id.slice(0, 12))).includes(`exec-${short.slice(0, 12)}.exit`),
    );
    const engine = (next = await openEngine(places));
    assert.deepEqual([inspectExec(engine, short).Running, inspectExec(engine, short).ExitCode], [false, 5]);
    assert.equal(inspectExec(engine, long).Running, true);
    assert.deepEqual((await inspectContainer(engine, id)).ExecIDs, [long]);
    process.kill(inspectExec(engine, long).Pid, 'SIGKILL');
    await until('its end is seen', () => inspectExec(engine, long).ExitCode === 137);
  });

  it('finds one that stands still so, and starts again what is always to run', async () => {
    await begun('sleep 1000', { RestartPolicy: { Name: 'always' } });
    await first!.do('pauseContainer', 'box');
    const engine = await killedAndOpened();
    assert.equal(engine.containers.find('box').record.State.Status, 'paused');
    await killContainer(engine, 'box', 'KILL');
    await until('it has ended', () => !engine.containers.find('box').record.State.Running);
    await engine.close();
    next = await openEngine(places);
    assert.equal(next.containers.find('box').record.State.Status, 'running');
  });

  it('starts again what others need before them, also what was itself about to be started again', async () => {
    const always = { RestartPolicy: { Name: 'always' as const }, Init: true };
    const id = await begun('sleep 1000', { ...always, IpcMode: 'shareable' });
    // Containers are listed newest first, and so these come before what they need.
    const modes = { net: 'NetworkMode', pid: 'PidMode', ipc: 'IpcMode' };
    for (const [name, mode] of Object.entries(modes)) {
      await first!.do('createContainer', sh('sleep 1000', { ...always, [mode]: 'container:box' }), name);
      await first!.do('startContainer', name);
    }
    for (const name of ['net', 'ipc']) await first!.do('stopContainer', name, { timeout: 0 });
    const { Pid } = ((await first!.do('inspectContainer', id)) as { State: { Pid: number } }).State;
    await first!.kill();
    process.kill(Pid, 'SIGKILL'); // and with it everything of its PID namespace
    await until('it has ended', () => readdirSync(join(places.run, id.slice(0, 12))).includes('shim.exit'));
    const engine = (next = await openEngine(places));
    const stateOf = (name: string): string => engine.containers.find(name).record.State.Status;
    assert.deepEqual(['box', ...Object.keys(modes)].map(stateOf), ['running', 'running', 'running', 'running']);
    // The same while an engine is there: they end together, and neither comes back before what it needs.
    process.kill(engine.containers.find('box').record.State.Pid, 'SIGKILL');
    await until('both are back', () =>
      ['box', 'pid'].every((name) => engine.containers.find(name).record.RestartCount === 2),
    );
    await until('they run', () => ['box', 'pid'].every((name) => stateOf(name) === 'running'));
  });

  it('ends a container whose vessel was killed, and says so', async () => {
    const id = await begun('sleep 1000');
    const { Pid } = ((await first!.do('inspectContainer', id)) as { State: { Pid: number } }).State;
    await first!.kill();
    const vessel = Number(/^PPid:\s+(\d+)$/m.exec(readFileSync(`/proc/${Pid}/status`, 'utf8'))![1]);
    process.kill(vessel, 'SIGKILL');
    const engine = (next = await openEngine(places));
    const { State } = await inspectContainer(engine, id);
    assert.deepEqual([State.Status, State.ExitCode], ['exited', 137]);
    assert.match(State.Error, /its shim was killed/);
  });

  it('shows a container whose record is broken with the reason, and all others work', async () => {
    const id = await begun('sleep 1000');
    await first!.do('createContainer', sh('true'), 'other');
    await first!.kill();
    const path = join(places.root, 'containers', id, 'container.json');
    writeFileSync(path, readFileSync(path, 'utf8').slice(0, 100));
    const engine = (next = await openEngine(places));
    const all = await listContainers(engine, { all: true });
    assert.deepEqual(all.map(({ State }) => State).toSorted(), ['created', 'dead']);
    assert.match((await inspectContainer(engine, id)).State.Error, /container\.json is not JSON/);
    const left = readFileSync(path, 'utf8');
    for (const change of [
      () => renameContainer(engine, id, 'mended'),
      () => startContainer(engine, id),
      () => commitContainer(engine, id),
      () => updateContainer(engine, id, { PidsLimit: 5 }),
      async () => connectContainer(engine, 'bridge', id),
    ])
      await assert.rejects(change, { code: 'CONFLICT', message: /container\.json is not JSON/ });
    assert.equal(readFileSync(path, 'utf8'), left, 'whoever can mend it finds it as it was');
    await removeContainer(engine, id, { force: true });
    await removeContainer(engine, 'other');
    assert.deepEqual(readdirSync(places.run), []);
  });

  it('sees the end of one whose network is gone, by somebody’s hand', async () => {
    const id = await begun('sleep 1000');
    await first!.kill();
    const path = join(places.root, 'containers', id, 'container.json');
    const record = JSON.parse(readFileSync(path, 'utf8')) as ContainerRecord;
    record.NetworkSettings.Networks = { gone: { NetworkID: '0'.repeat(64) } };
    writeFileSync(path, JSON.stringify(record));
    const engine = (next = await openEngine(places));
    await killContainer(engine, id, 'KILL');
    await until('its end is seen', () => !engine.containers.find(id).record.State.Running);
    assert.equal((await inspectContainer(engine, id)).State.ExitCode, 137);
  });

  it('keeps the volumes of one that is removed without them, killed in the middle of it', async () => {
    first = await Elsewhere.open(places, 'remove:forgotten');
    const { Id } = (await first.do('createContainer', sh('true', {}, { Volumes: { '/data': {} } }))) as CreateAnswer;
    await first.do('removeContainer', Id).catch(() => undefined);
    const engine = (next = await openEngine(places));
    assert.deepEqual(readdirSync(join(places.root, 'containers')), []);
    const [volume, ...more] = engine.volumes.list();
    assert.deepEqual(more, []);
    await engine.volumes.remove(volume!.Name);
  });

  it('takes one away that was never acknowledged, also when its own layer was half made', async () => {
    first = await Elsewhere.open(places, 'create:layers');
    await first.do('createContainer', sh('true')).catch(() => undefined);
    const [id] = readdirSync(join(places.root, 'containers'));
    const snapshots = join(places.root, 'snapshots', readdirSync(join(places.root, 'snapshots'))[0]!);
    // As it is a moment before: made, and not yet known by its name.
    renameSync(join(snapshots, id!), join(snapshots, '.new-1-x-0'));
    next = await openEngine(places);
    assert.deepEqual(readdirSync(join(places.root, 'containers')), []);
    await next.store.snapshots.cleanup();
  });

  it('has one never begun that has ended while it waited for its start', async () => {
    first = await Elsewhere.open(places, 'start:created');
    const { Id } = (await first.do('createContainer', sh('true'))) as CreateAnswer;
    await first.do('startContainer', Id).catch(() => undefined);
    const { pid } = readState(places.run, Id);
    process.kill(pid, 'SIGKILL');
    await until('its shim has seen it', () => existsSync(join(places.run, Id.slice(0, 12), 'shim.exit')));
    next = await openEngine(places);
    const { Status, ExitCode } = (await inspectContainer(next, Id)).State;
    assert.deepEqual([Status, ExitCode, readdirSync(places.run)], ['created', 0, []]);
  });

  for (const failpoint of ['end:seen', 'end:saved', 'end:released'] as const)
    it(`removes what --rm says of a container that has ended, killed at ${failpoint}`, async () => {
      first = await Elsewhere.open(places, failpoint);
      const { Id } = (await first.do('createContainer', sh('true', { AutoRemove: true }))) as CreateAnswer;
      await first.do('startContainer', Id).catch(() => undefined);
      await until('it is killed', () => first!.isGone);
      next = await openEngine(places);
      await until('the container is gone', () => readdirSync(join(places.root, 'containers')).length === 0);
    });

  for (const failpoint of failpoints)
    it(`leaves nothing half done that stays so, killed at ${failpoint}`, async () => {
      first = await Elsewhere.open(places, failpoint);
      const acknowledged = new Set<string>();
      await throughLife(first, acknowledged).catch(() => undefined);
      assert.equal(first.isGone, true, 'the failpoint was reached');
      const engine = (next = await openEngine(places));
      const all = await listContainers(engine, { all: true });
      for (const id of acknowledged) assert.ok(engine.containers.get(id), `${id} was acknowledged, and is gone`);
      assert.ok(all.length <= acknowledged.size + 1);
      for (const { State, Id } of all) {
        assert.ok(['created', 'running', 'exited'].includes(State), `${Id} is ${State}`);
        const { ExitCode } = (await inspectContainer(engine, Id)).State;
        if (failpoint.startsWith('end:') && State === 'exited') assert.equal(ExitCode, 3);
        await removeContainer(engine, Id, { force: true, volumes: true });
      }
      assert.deepEqual(engine.volumes.list(), []);
      assert.deepEqual(readdirSync(places.run), []);
      assert.deepEqual(readdirSync(join(places.root, 'containers')), []);
      assert.deepEqual(
        (await engine.store.snapshots.walk()).filter(({ name }) => !name.startsWith('sha256')),
        [],
      );
    });
});

/** One of everything that is kept on the disk. */
async function throughLife(engine: Elsewhere, acknowledged: Set<string>): Promise<void> {
  const made = async (...args: Parameters<typeof sh>): Promise<string> => {
    const { Id } = (await engine.do('createContainer', sh(...args))) as CreateAnswer;
    acknowledged.add(Id);
    return Id;
  };
  const stays = await made('sleep 1000', { Init: true }, { Volumes: { '/data': {} } });
  await engine.do('startContainer', stays);
  const { Id } = (await engine.do('createExec', stays, { Cmd: ['true'] })) as { Id: string };
  await engine.do('startExec', Id, { detach: true });
  await engine.do('renameContainer', stays, 'renamed');
  await engine.do('commitContainer', stays);
  const goes = await made('exit 3', {}, { Volumes: { '/data': {} } });
  await engine.do('startContainer', goes);
  await engine.do('waitContainer', goes);
  acknowledged.delete(goes);
  await engine.do('removeContainer', goes, { volumes: true });
}
