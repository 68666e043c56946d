/** What an engine is like among clients that misbehave, and on a disk that is full. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, statSync, writeSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import type { Client } from '../../src/client/client.ts';
import { killedEngines } from '../soak/engine.ts';
import { Stand } from '../soak/engine-stand.ts';
import { until } from '../kernel/support.ts';

type Body = Record<string, unknown>;

const HostConfig = { NetworkMode: 'none' };

async function created(client: Client, script: string, more: Body = {}, name?: string): Promise<string> {
  const body = { Image: 'lab', Cmd: ['sh', '-c', script], HostConfig, ...more };
  return (await client.json<{ Id: string }>('POST', '/containers/create', { body, query: { name } })).Id;
}

async function started(client: Client, script: string, more: Body = {}): Promise<string> {
  const id = await created(client, script, more);
  await client.done('POST', `/containers/${id}/start`);
  return id;
}

const ended = async (client: Client, id: string): Promise<number> =>
  (await client.json<{ StatusCode: number }>('POST', `/containers/${id}/wait`)).StatusCode;

const remove = (client: Client, id: string): Promise<void> =>
  client.done('DELETE', `/containers/${id}`, { query: { force: true, v: true } });

const listed = (client: Client): Promise<{ Id: string; State: string }[]> =>
  client.json('GET', '/containers/json', { query: { all: true } });

describe('an engine that is killed again and again', function () {
  this.timeout(900_000);

  it('loses nothing that was acknowledged, and leaves nothing behind', async () => {
    assert.ok((await killedEngines(process.env.CI ? 10 : 20, 1)) > 0);
  });
});

describe('an engine', function () {
  this.timeout(300_000);
  let stand: Stand;
  let client: Client;

  before(async () => {
    stand = await Stand.open();
    await stand.start();
    client = stand.client();
  });
  after(() => stand.close());
  afterEach(async () => {
    for (const { Id } of await listed(client)) await remove(client, Id);
  });

  it('gives a name to one of many who want it', async () => {
    for (let turn = 0; turn < 5; turn++) {
      const all = await Promise.allSettled(
        Array.from({ length: 10 }, () => created(stand.client(), 'true', {}, `wanted-${turn}`)),
      );
      const refused = all.filter(({ status }) => status === 'rejected') as PromiseRejectedResult[];
      assert.equal(refused.length, 9);
      for (const { reason } of refused)
        assert.match(String(reason), /Conflict\. The container name "\/wanted-\d" is already in use/);
    }
    assert.equal((await listed(client)).length, 5);
  });

  it('runs a hundred at once, each with its own exit code', async () => {
    const codes = await Promise.all(
      Array.from({ length: 100 }, async (_, i) => {
        const own = stand.client();
        const id = await started(own, `exit ${i}`);
        const code = await ended(own, id);
        await remove(own, id);
        return code;
      }),
    );
    assert.deepEqual(
      codes,
      codes.map((_, i) => i),
    );
    assert.deepEqual(await listed(client), []);
  });

  it('waits for a client that reads nothing, as a pipe does, and loses nothing for others when it goes', async () => {
    const lines = 200_000;
    const id = await created(client, `seq ${lines}`, { Tty: true });
    const stuck = await stand.client().hijack(`/containers/${id}/attach`, { query: { stream: true, stdout: true } });
    const quick = await stand.client().hijack(`/containers/${id}/attach`, { query: { stream: true, stdout: true } });
    stuck.pause();
    const begun = once(quick, 'data');
    const heard = lastLine(quick);
    await client.done('POST', `/containers/${id}/start`);
    await begun;
    assert.deepEqual(
      (await listed(client)).map(({ State }) => State),
      ['running'],
    );
    stuck.destroy();
    assert.equal(await ended(client, id), 0);
    assert.equal(await heard, String(lines));
  });

  it('keeps no descriptor for a client that goes in the middle of an answer', async () => {
    const id = await started(client, 'while :; do echo line; sleep 0.01; done');
    const paths = [
      `/containers/${id}/logs?follow=1&stdout=1`,
      `/containers/${id}/stats`,
      `/containers/${id}/export`,
      `/containers/${id}/archive?path=/bin`,
      '/events?since=1',
      '/images/lab/get',
    ];
    const all = async (): Promise<void> => {
      for (const path of paths) {
        const response = await stand.client().stream('GET', path);
        await once(response, 'readable');
        response.destroy();
      }
      const attached = await stand.client().hijack(`/containers/${id}/attach?stream=1&stdout=1&logs=1`);
      await once(attached, 'readable');
      attached.destroy();
      const { Id } = await client.json<{ Id: string }>('POST', `/containers/${id}/exec`, {
        body: { Cmd: ['cat'], AttachStdin: true, AttachStdout: true },
      });
      const inside = await stand.client().hijack(`/exec/${Id}/start`, { body: { Detach: false } });
      inside.write('x');
      await once(inside, 'readable');
      inside.destroy();
    };
    await all(); // what is opened once for all is open now
    const before = await settled(() => stand.descriptors());
    for (let turn = 0; turn < 5; turn++) await all();
    assert.equal(await settled(() => stand.descriptors(), before), before);
  });

  it('keeps a log within what it was allowed, whatever is written', async () => {
    const LogConfig = { Type: 'json-file', Config: { 'max-size': '1m', 'max-file': '3' } };
    const megabytes = process.env.CI ? 30 : 1000;
    const id = await started(client, `dd if=/dev/zero bs=1M count=${megabytes} | tr '\\0' x | fold -w 1000`, {
      HostConfig: { ...HostConfig, LogConfig },
    });
    assert.equal(await ended(client, id), 0);
    const folder = join(stand.root, 'containers', id);
    const logs = readdirSync(folder).filter((name) => name.includes('json.log'));
    assert.equal(logs.length, 3, logs.join());
    assert.ok(logs.every((name) => statSync(join(folder, name)).size <= 1_100_000));
  });
});

describe('an engine whose disk is full', function () {
  this.timeout(120_000);
  let stand: Stand;
  let client: Client;

  before(async () => {
    stand = await Stand.open({ megabytes: 32 });
    await stand.start();
    client = stand.client();
  });
  after('nothing is left, not of what still runs either', async () => {
    await stand.close();
    assert.deepEqual(stand.cgroups(), []);
  });

  it('says so, makes nothing by halves, and goes on when there is room', async () => {
    const id = await started(client, 'sleep 100000', { HostConfig: { ...HostConfig, Init: true } });
    const filler = fill(join(stand.root, 'filler'));
    await assert.rejects(created(client, 'true'), /ENOSPC|no space left/i);
    assert.deepEqual(
      (await listed(client)).map(({ Id, State }) => [Id, State]),
      [[id, 'running']],
    );
    assert.deepEqual(readdirSync(join(stand.root, 'containers')), [id]);
    rmSync(filler);
    assert.equal(await ended(client, await started(client, 'exit 3')), 3);
  });

  it('knows what ended meanwhile, once there is room again', async () => {
    const id = await started(client, 'sleep 100000', { HostConfig: { ...HostConfig, Init: true } });
    const filler = fill(join(stand.root, 'filler'));
    await client.done('POST', `/containers/${id}/kill`).catch(() => undefined);
    await until('it has ended', () => stand.hasEnded(id), 20_000);
    rmSync(filler);
    await stand.kill();
    await stand.start();
    client = stand.client();
    const { State } = await client.json<{ State: { Status: string; ExitCode: number } }>(
      'GET',
      `/containers/${id}/json`,
    );
    assert.deepEqual([State.Status, State.ExitCode], ['exited', 137]);
  });

  it('holds up no container whose log has no room, and says in the log how much is missing', async () => {
    const gates = mkdtempSync(join(tmpdir(), 'drydock-gates-'));
    try {
      const at = (name: string): string => join(gates, name);
      execFileSync('mkfifo', ['full', 'done', 'room'].map(at));
      const script = 'echo before; read x </g/full; seq 1 5000; echo >/g/done; read x </g/room; echo after; exit 4';
      const id = await started(client, script, { HostConfig: { ...HostConfig, Binds: [`${gates}:/g`] } });
      const filler = fill(join(stand.root, 'filler'));
      await writeFile(at('full'), '\n');
      await readFile(at('done'));
      rmSync(filler);
      await writeFile(at('room'), '\n');
      assert.equal(await ended(client, id), 4);
      const log = readFileSync(join(stand.root, 'containers', id, 'json.log'), 'utf8')
        .trimEnd()
        .split('\n');
      const lines = log.map((line) => (JSON.parse(line) as { log: string }).log);
      assert.equal(lines[0], 'before\n');
      assert.equal(lines.at(-1), 'after\n');
      const [lost] = lines.flatMap((line) => /^drydock: (\d+) lines could not be written here/.exec(line)?.[1] ?? []);
      // Some are there: a block of the file was not full when the disk was.
      const seen = lines.filter((line) => /^\d+\n$/.test(line)).length;
      assert.equal(Number(lost) + seen, 5000);
    } finally {
      rmSync(gates, { recursive: true });
    }
  });
});

/** Takes all the room that there is. */
function fill(path: string): string {
  const fd = openSync(path, 'w');
  try {
    for (let size = 1 << 20; size >= 1; size >>= 1)
      try {
        for (;;) writeSync(fd, Buffer.alloc(size));
      } catch (error) {
        assert.equal((error as NodeJS.ErrnoException).code, 'ENOSPC');
      }
  } finally {
    closeSync(fd);
  }
  return path;
}

async function lastLine(stream: Duplex): Promise<string> {
  let end = '';
  for await (const chunk of stream) end = (end + String(chunk)).slice(-100);
  return end.trim().split(/\s+/).at(-1)!;
}

/** A number when it is `wanted`, or has stopped changing. */
async function settled(look: () => number, wanted?: number): Promise<number> {
  let last = look();
  for (let same = 0; same < 40 && last !== wanted;) {
    await new Promise((resolve) => setTimeout(resolve, 25));
    const now = look();
    same = now === last ? same + 1 : 0;
    last = now;
  }
  return last;
}
