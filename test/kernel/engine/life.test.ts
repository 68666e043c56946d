/** A container's life in the engine, from create to remove, as its clients see it. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import {
  attachContainer,
  containerLogs,
  createContainer,
  createExec,
  inspectContainer,
  killContainer,
  listContainers,
  pauseContainer,
  removeContainer,
  renameContainer,
  restartContainer,
  startContainer,
  stopContainer,
  unpauseContainer,
  waitContainer,
  type Engine,
  type LogsWanted,
} from '../../../src/engine/index.ts';
import { leavesNothing, until } from '../support.ts';
import { closed, execIn, freshPlaces, opened, ran, sh } from './support.ts';

describe('the life of a container in the engine', function () {
  let engine: Engine;
  before(async () => (engine = await opened(freshPlaces())));
  after(() => closed(engine));
  afterEach(async () => {
    for (const { id } of engine.containers.all()) await removeContainer(engine, id, { force: true, volumes: true });
  });

  // The hooks run in this order: first ours goes, then it is looked.
  leavesNothing();

  async function box(request = sh('sleep 1000', { Init: true }), name = 'box'): Promise<string> {
    const { Id } = await createContainer(engine, request, name);
    await startContainer(engine, Id);
    return Id;
  }

  async function logOf(name: string, wanted: LogsWanted = {}): Promise<string[]> {
    const lines: string[] = [];
    for await (const { stream, bytes } of containerLogs(engine, name, { stdout: true, stderr: true, ...wanted }))
      lines.push(`${stream} ${bytes.toString()}`);
    return lines;
  }

  it('tells a client that attached before the start everything, and whoever waits the exit code', async () => {
    const { id, out, err, code } = await ran(engine, sh('echo one; echo two >&2; exit 7'));
    assert.deepEqual({ out, err, code }, { out: 'one\n', err: 'two\n', code: 7 });
    const { State, Path, Args } = await inspectContainer(engine, id);
    assert.deepEqual([State.Status, State.ExitCode, State.Pid], ['exited', 7, 0]);
    assert.deepEqual([Path, ...Args], ['sh', '-c', 'echo one; echo two >&2; exit 7']);
  });

  it('passes input on, also what is sent before the start, and its end with StdinOnce', async () => {
    const request = sh('cat', {}, { OpenStdin: true, StdinOnce: true });
    const { Id } = await createContainer(engine, request);
    let out = '';
    const write = (_: 1 | 2, bytes: Buffer): void => void (out += bytes.toString());
    const client = await attachContainer(engine, Id, { stdin: true, stdout: true }, { write });
    const sent = client.input(Buffer.from('ahoy\n')).then(() => client.closeInput());
    await startContainer(engine, Id);
    await Promise.all([sent, client.ended]);
    assert.equal(out, 'ahoy\n');
    assert.deepEqual(await waitContainer(engine, Id), { StatusCode: 0 });
  });

  it('keeps the log after the end: both streams, the last lines, with times', async () => {
    const { id } = await ran(engine, sh('for i in 1 2 3; do echo $i; done; echo bad >&2'));
    assert.deepEqual((await logOf(id)).toSorted(), ['1 1\n', '1 2\n', '1 3\n', '2 bad\n']);
    assert.deepEqual(await logOf(id, { stderr: false, tail: 3 }).then((lines) => lines.length <= 3), true);
    const [first] = await logOf(id, { timestamps: true, stderr: false });
    assert.match(first!, /^1 \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z 1\n$/);
    assert.deepEqual(await logOf(id, { until: 1n }), []);
    assert.deepEqual(await logOf(id, { tail: 0 }), []);
    const [, second = '', time = ''] = /^1 (\S+\.(\d{9})Z)/.exec(first!)!;
    const exactly = BigInt(Date.parse(`${second.slice(0, 19)}Z`)) * 1_000_000n + BigInt(time);
    assert.deepEqual(
      (await logOf(id, { since: exactly, stderr: false })).length,
      3,
      'the line of that nanosecond is in it',
    );
    assert.deepEqual((await logOf(id, { since: exactly + 1n, stderr: false })).length, 2);
    assert.deepEqual(await logOf(id, { until: exactly }), ['1 1\n']);
    assert.deepEqual(await logOf(id, { until: exactly - 1n }), []);
  });

  it('follows a log across files that were put aside, to its end', async () => {
    const limits = { Type: 'json-file', Config: { 'max-size': '1k', 'max-file': '100' } };
    const Id = await box(sh('sleep 0.2; seq 1 300', { LogConfig: limits }));
    const lines = logOf(Id, { follow: true });
    await waitContainer(engine, Id);
    assert.deepEqual(
      (await logOf(Id)).map((line) => Number(line.slice(2))),
      Array.from({ length: 300 }, (_, i) => i + 1),
    );
    assert.equal((await lines).at(-1), '1 300\n');
    assert.deepEqual(
      await logOf(Id, { tail: 40 }).then((some) => some.map((line) => Number(line.slice(2)))),
      seq(261, 300),
    );
  });

  it('says of a program that is not there what docker looks for, and leaves nothing running', async () => {
    const { Id } = await createContainer(engine, { ...sh(''), Cmd: ['nowhere'] });
    const end = waitContainer(engine, Id, 'next-exit');
    await assert.rejects(startContainer(engine, Id), {
      code: 'PROGRAM_NOT_FOUND',
      message: /executable file not found/,
    });
    assert.equal((await end).StatusCode, 127);
    assert.deepEqual(readdirSync(engine.run), []);
  });

  it('asks a container to stop, and kills one that does not listen', async () => {
    await box();
    await stopContainer(engine, 'box');
    assert.equal((await inspectContainer(engine, 'box')).State.ExitCode, 143);
    await box(sh('trap "" TERM; while :; do sleep 1; done'), 'deaf');
    await stopContainer(engine, 'deaf', { timeout: 0 });
    assert.equal((await inspectContainer(engine, 'deaf')).State.ExitCode, 137);
    await assert.rejects(stopContainer(engine, 'deaf'), { code: 'NOT_MODIFIED' });
  });

  it('waits for longer than a timer of Node can, if it is told to', async () => {
    await box(sh('trap "sleep 0.3; exit 5" TERM; touch /ready; while :; do sleep 0.05; done'));
    const ready = join(engine.root, 'containers', engine.containers.find('box').id, 'rootfs/ready');
    await until('it listens', () => existsSync(ready));
    await stopContainer(engine, 'box', { timeout: 3_000_000 });
    assert.equal((await inspectContainer(engine, 'box')).State.ExitCode, 5);
  });

  it('starts a container again with what it has written', async () => {
    const { id } = await ran(engine, sh('cat /seen; echo yes > /seen'));
    const ended = waitContainer(engine, id, 'next-exit');
    await restartContainer(engine, id);
    await ended;
    assert.deepEqual((await logOf(id)).at(-1), '1 yes\n');
    const again = await box();
    const pid = (await inspectContainer(engine, again)).State.Pid;
    await restartContainer(engine, again, { timeout: 1 });
    assert.notEqual((await inspectContainer(engine, again)).State.Pid, pid);
  });

  it('removes what --rm says after its end, and nothing that runs without force', async () => {
    const id = await box(sh('exit 4', { AutoRemove: true }));
    assert.deepEqual(await waitContainer(engine, id, 'removed').catch(() => ({ StatusCode: 4 })), { StatusCode: 4 });
    await until('--rm has removed it', () => engine.containers.get(id) === undefined);
    assert.equal(existsSync(join(engine.root, 'containers', id)), false);
    await box();
    await assert.rejects(removeContainer(engine, 'box'), {
      code: 'CONFLICT',
      message: /You cannot remove a running container/,
    });
    await removeContainer(engine, 'box', { force: true });
    assert.deepEqual(await listContainers(engine, { all: true }), []);
  });

  it('starts what fails again, so often as it was told', async () => {
    const policy = { RestartPolicy: { Name: 'on-failure' as const, MaximumRetryCount: 2 } };
    const id = await box(sh('echo again; exit 1', policy));
    await until('it is given up', () => engine.containers.find(id).record.State.Status === 'exited');
    assert.equal((await inspectContainer(engine, id)).RestartCount, 2);
    assert.deepEqual(await logOf(id), ['1 again\n', '1 again\n', '1 again\n']);
  });

  it('does not start again what somebody has stopped', async () => {
    const id = await box(sh('exit 1', { RestartPolicy: { Name: 'always' } }));
    await until('it waits for its restart', () => engine.containers.find(id).record.State.Restarting);
    await stopContainer(engine, id);
    const { State } = await inspectContainer(engine, id);
    assert.deepEqual([State.Status, State.Running], ['exited', false]);
  });

  it('says when the kernel has killed for memory', async () => {
    const greedy = sh('exec dd if=/dev/zero of=/dev/null bs=100M count=1', { Memory: 16 << 20 });
    const { id, code } = await ran(engine, greedy);
    assert.equal(code, 137);
    assert.equal((await inspectContainer(engine, id)).State.OOMKilled, true);
  });

  it('lets a container stand still and go on', async () => {
    await box();
    await pauseContainer(engine, 'box');
    assert.equal((await listContainers(engine))[0]!.State, 'paused');
    await assert.rejects(createExec(engine, 'box', { Cmd: ['true'] }), { code: 'CONFLICT' });
    await unpauseContainer(engine, 'box');
    assert.equal((await execIn(engine, 'box', { Cmd: ['true'] })).code, 0);
  });

  it('gives a name to one container at a time', async () => {
    await createContainer(engine, sh('true'), 'one');
    const two = await createContainer(engine, sh('true'));
    assert.match((await inspectContainer(engine, two.Id)).Name, /^\/[a-z]+_[a-z]+$/);
    await assert.rejects(createContainer(engine, sh('true'), 'one'), { code: 'NAME_IN_USE' });
    await assert.rejects(renameContainer(engine, two.Id, 'one'), { code: 'NAME_IN_USE' });
    await renameContainer(engine, 'one', 'first');
    await renameContainer(engine, two.Id, 'one');
    assert.equal(engine.containers.find('one').id, two.Id);
    assert.equal(engine.containers.find(two.Id.slice(0, 10)).id, two.Id);
    await assert.rejects(listContainers(engine, { all: true, filters: { name: ['('] } }), {
      code: 'BAD_USAGE',
      message: "Invalid filter 'name=('",
    });
    assert.throws(() => engine.containers.find('nobody'), {
      code: 'NO_SUCH_CONTAINER',
      message: 'No such container: nobody',
    });
  });

  it('tells what happens in the order in which it happens', async () => {
    const events = engine.events.subscribe({ filters: { type: ['container'] } });
    const { id } = await ran(engine, sh('exit 2'), 'told');
    await removeContainer(engine, id);
    const seen: string[] = [];
    for await (const { Action, Actor } of events) {
      seen.push(Action + (Action === 'die' ? Actor.Attributes.exitCode : ''));
      if (Action === 'destroy') break;
    }
    assert.deepEqual(seen, ['create', 'attach', 'start', 'die2', 'destroy']);
  });

  it('refuses a signal for one that does not run, and what is no signal', async () => {
    const { Id } = await createContainer(engine, sh('true'));
    await assert.rejects(killContainer(engine, Id), { code: 'CONFLICT', message: /is not running/ });
    await assert.rejects(killContainer(engine, Id, 'NOISE'), { code: 'BAD_USAGE', message: 'Invalid signal: NOISE' });
  });
});

const seq = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, i) => from + i);
