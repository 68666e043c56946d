/**
 * The bare protocol, by `curl --unix-socket` and, where curl cannot say it, by a socket: what goes over the wire before any
 * library has made something of it.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createConnection } from 'node:net';
import { promisify } from 'node:util';
import { startEngine, type Server } from './engine-support.ts';
import { command, isInstalled, said, skipAll } from './support.ts';

interface Answered {
  readonly status: number;
  /** Names are small letters. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

type Made = Record<'HostConfig' | 'Config', Record<string, unknown>> & { Id: string };

const JSON_BODY = ['-H', 'Content-Type: application/json', '-d'];
const frame = (stream: 1 | 2, words: string): string =>
  `${String.fromCharCode(stream, 0, 0, 0, 0, 0, 0, words.length)}${words}`;

describe('curl', function () {
  this.timeout(120_000);
  let engine: Server | undefined;
  let socket = '';

  const words = (path: string, more: readonly string[] = []): string[] => [
    ...['curl', '-sS', '--no-buffer', '--max-time', '30', '--unix-socket', socket, ...more],
    `http://docker${path}`,
  ];

  async function ask(method: string, path: string, more: readonly string[] = [], input?: string): Promise<Answered> {
    const how = method === 'HEAD' ? ['--head'] : ['-i', '-X', method];
    const { code, stdout: answer, stderr } = await command(words(path, [...how, ...more]), { input });
    assert.equal(code, 0, stderr);
    const cut = answer.indexOf('\r\n\r\n');
    const [first, ...lines] = (cut < 0 ? answer : answer.slice(0, cut)).split('\r\n');
    const headers = new Map(lines.map((line) => [line.split(':')[0]!.toLowerCase(), line.replace(/^[^:]*: */, '')]));
    return { status: Number(first!.split(' ')[1]), headers, body: cut < 0 ? '' : answer.slice(cut + 4) };
  }

  /** An answer that goes on. */
  function follow(method: string, path: string): { says(wanted: RegExp): Promise<void>; leave(): void } {
    // curl keeps a header back until something of the body has come.
    const child = spawn('stdbuf', ['-o0', ...words(path, ['-i', '-X', method])], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let heard = '';
    child.stdout.setEncoding('latin1').on('data', (piece: string) => (heard += piece));
    return {
      says: async (wanted) => {
        while (!wanted.test(heard)) await once(child.stdout, 'data');
      },
      leave: () => void child.kill(),
    };
  }

  /** Status, and the message of an error. */
  async function refused(method: string, path: string, body?: string): Promise<[number, string]> {
    const { status, headers, body: answer } = await ask(method, path, body === undefined ? [] : [...JSON_BODY, body]);
    assert.equal(headers.get('content-type'), 'application/json');
    return [status, (JSON.parse(answer) as { message: string }).message];
  }

  async function created(script: string, more: object = {}): Promise<string> {
    const request = { Image: 'lab', Cmd: ['sh', '-c', script], HostConfig: { NetworkMode: 'none' }, ...more };
    const { status, body } = await ask('POST', '/v1.41/containers/create', [...JSON_BODY, JSON.stringify(request)]);
    assert.equal(status, 201, body);
    const { Id } = JSON.parse(body) as { Id: string };
    return `/v1.41/containers/${Id}`;
  }

  const start = async (path: string): Promise<void> => assert.equal((await ask('POST', `${path}/start`)).status, 204);

  async function ended(path: string): Promise<number> {
    return (JSON.parse((await ask('POST', `${path}/wait`)).body) as { StatusCode: number }).StatusCode;
  }

  before(async function () {
    if (!isInstalled('curl')) skipAll(this, 'no curl here');
    engine = await startEngine();
    socket = engine.host.replace('unix://', '');
  });
  after(() => engine?.end());
  afterEach(async () => {
    const { body } = await ask('GET', '/containers/json?all=1');
    for (const { Id } of JSON.parse(body) as { Id: string }[]) await ask('DELETE', `/containers/${Id}?force=1`);
  });

  it('says what is wrong with an archive, though more of it is on its way', async () => {
    const archive = ['-H', 'Content-Type: application/x-tar', '-H', 'Expect:', '--data-binary', '@-'];
    const put = `${await created('true')}/archive?path=/`;
    for (const path of [put, '/images/load', '/images/create?fromSrc=-', '/build']) {
      const { status, body } = await ask(path === put ? 'PUT' : 'POST', path, archive, 'x'.repeat(4 << 20));
      assert.deepEqual(
        [status, /"message":"entry 1: its checksum is wrong/.test(body)],
        [400, true],
        `${path}: ${body}`,
      );
    }
  });

  it('is told by a ping who answers, by GET and by HEAD, with a version in the path and without', async () => {
    for (const [method, path] of [
      ['GET', '/_ping'],
      ['HEAD', '/_ping'],
      ['GET', '/v1.30/_ping'],
    ] as const) {
      const { status, headers, body } = await ask(method, path);
      assert.deepEqual([status, headers.get('api-version'), headers.get('ostype')], [200, '1.41', 'linux']);
      assert.deepEqual([headers.get('content-length'), body], ['2', method === 'HEAD' ? '' : 'OK']);
    }
  });

  it('speaks every version from 1.24 to 1.41, and says which when it is another', async () => {
    const spoken = await said(words('/v1.[24-41]/containers/json', ['-o', '/dev/null', '-w', '%{http_code} ']));
    assert.equal(spoken, Array(18).fill('200').join(' '));
    assert.deepEqual(await refused('GET', '/v1.23/version'), [
      400,
      'client version 1.23 is too old. Minimum supported API version is 1.24, please upgrade your client to a newer version',
    ]);
    const [status, message] = await refused('GET', '/v1.42/version');
    assert.equal(status, 400);
    assert.match(message, /^client version 1\.42 is too new\. Maximum supported API version is 1\.41/);
  });

  it('is understood as the version that it speaks was, and told what that told', async () => {
    const hosts: Record<string, unknown> = {};
    for (const version of ['1.24', '1.39', '1.41']) {
      const request = JSON.stringify({ image: 'lab', Cmd: ['true'], hostConfig: { autoRemove: true } });
      const made = JSON.parse(
        (await ask('POST', `/v${version}/containers/create`, [...JSON_BODY, request])).body,
      ) as Made;
      const { HostConfig, Config } = JSON.parse((await ask('GET', `/containers/${made.Id}/json`)).body) as Made;
      hosts[version] = [HostConfig.AutoRemove, HostConfig.IpcMode, Config.Tty];
    }
    assert.deepEqual(hosts, {
      '1.24': [false, 'shareable', false],
      '1.39': [true, 'shareable', false],
      '1.41': [true, 'private', false],
    });
    const [old, now] = [await ask('GET', '/v1.24/info'), await ask('GET', '/v1.25/info')];
    assert.match(old.body, /"SecurityOptions":\[[^=\]]*"seccomp"\]/);
    assert.match(now.body, /"SecurityOptions":\[.*"name=seccomp,profile=default"\]/);
  });

  it('is told what is wrong in one shape, with a status for each kind', async () => {
    const path = await created('true');
    const create = '/containers/create';
    assert.deepEqual(await refused('GET', '/nothing'), [404, 'page not found']);
    assert.deepEqual(await refused('GET', '/containers/nobody/json'), [404, 'No such container: nobody']);
    assert.equal((await refused('GET', '/containers/json?filters=%7B'))[0], 400);
    assert.match((await refused('POST', create, '{"Image":'))[1], /JSON/);
    for (const [wrong, field] of [
      ['{"Image":"lab","Tty":"yes"}', /Tty/],
      ['{"Image":"lab","HostConfig":{"Memory":"1g"}}', /HostConfig\.Memory/],
      ['{"Image":"lab","Cmd":[1]}', /Cmd/],
    ] as const) {
      const [status, message] = await refused('POST', create, wrong);
      assert.equal(status, 400, message);
      assert.match(message, field);
    }
    assert.equal((await refused('POST', `${path}/kill`))[0], 409);
    const [old, why] = await refused('POST', `${path}/start`, '{"Binds":["/a:/b"]}');
    assert.deepEqual([old, /non-empty request body/.test(why)], [400, true]);
    for (const [method, at] of [
      ['POST', '/start?checkpoint=one'],
      ['GET', '/checkpoints'],
      ['POST', '/checkpoints'],
      ['DELETE', '/checkpoints/one'],
    ] as const)
      assert.deepEqual(await refused(method, path + at), [501, 'containers have no checkpoints here']);
    await created('true', { NoSuchField: { of: 'ours' } });
    const plain = await ask('POST', create, ['-H', 'Content-Type: text/plain', '-d', '{"Image":"lab"}']);
    assert.deepEqual([plain.status, plain.body.includes("must be 'application/json'")], [400, true]);
    await start(path);
    await ended(path);
    assert.equal((await ask('POST', `${path}/stop`)).status, 304);
  });

  it('hears output and errors in frames, and a terminal without', async () => {
    const path = await created('echo out; echo err >&2; exit 3');
    await start(path);
    assert.equal(await ended(path), 3);
    const logs = await ask('GET', `${path}/logs?stdout=1&stderr=1`);
    assert.deepEqual([logs.headers.get('content-type'), logs.headers.get('transfer-encoding')], [undefined, 'chunked']);
    const [out, err] = [frame(1, 'out\n'), frame(2, 'err\n')];
    assert([out + err, err + out].includes(logs.body), JSON.stringify(logs.body));
    assert.equal((await ask('GET', `${path}/logs?stderr=1`)).body, err);
    const terminal = await created('echo ahoy', { Tty: true });
    await start(terminal);
    await ended(terminal);
    assert.equal((await ask('GET', `${terminal}/logs?stdout=1`)).body, 'ahoy\r\n');
  });

  it('has the head of a stream before anything has happened', async () => {
    const path = await created('exit 6');
    const [waits, hears] = [follow('POST', `${path}/wait?condition=next-exit`), follow('GET', '/events')];
    for (const one of [waits, hears]) await one.says(/^HTTP\/1\.1 200 OK\r\n[^]*\r\n\r\n$/);
    await start(path);
    await waits.says(/\{"Error":null,"StatusCode":6\}\n$/);
    await hears.says(/"Action":"start"[^\n]*\n[^]*"Action":"die"[^\n]*"exitCode":"6"[^\n]*\n/);
    hears.leave();
  });

  it('gives a program the body of a request as its input, and goes on when that has ended', async () => {
    const path = await created('cat; sleep 0.2; echo later', { OpenStdin: true, StdinOnce: true });
    await start(path);
    const attach = `${path}/attach?stream=1&stdin=1&stdout=1`;
    const { status, headers, body } = await ask('POST', attach, ['-H', 'Expect:', '-T', '-'], 'words\n');
    assert.deepEqual([status, headers.get('content-type')], [200, 'application/vnd.docker.raw-stream']);
    assert.equal(body, frame(1, 'words\n') + frame(1, 'later\n'));
  });

  it('tells of a file by the header of a request that has no body', async () => {
    const path = await created('true');
    const { status, headers, body } = await ask('HEAD', `${path}/archive?path=/bin`);
    const stat = JSON.parse(atob(headers.get('x-docker-container-path-stat')!)) as { name: string; mode: number };
    assert.deepEqual([status, body, stat.name, stat.mode], [200, '', 'bin', 0x80000000 + 0o755]);
    assert.equal((await ask('HEAD', `${path}/archive?path=/nothing`)).status, 404);
  });

  describe('and a bare connection', () => {
    const UPGRADE = 'Host: docker\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n';

    /** Sends all of it at once, and at once that nothing more comes; everything that is answered until the other end. */
    async function say(request: string): Promise<[head: string, rest: string]> {
      const connection = createConnection({ path: socket, allowHalfOpen: true });
      connection.end(request, 'latin1');
      const chunks: Buffer[] = [];
      for await (const bytes of connection) chunks.push(bytes as Buffer);
      const answer = Buffer.concat(chunks).toString('latin1');
      const cut = answer.indexOf('\r\n\r\n');
      return [answer.slice(0, cut), answer.slice(cut + 4)];
    }

    const SWITCHED =
      'HTTP/1.1 101 UPGRADED\r\nContent-Type: application/vnd.docker.raw-stream\r\nConnection: Upgrade\r\nUpgrade: tcp';

    it('is hijacked, with input right behind the request and its end right behind that', async () => {
      const path = await created('cat; sleep 0.2; echo later', { OpenStdin: true, StdinOnce: true });
      const answer = say(`POST ${path}/attach?stream=1&stdin=1&stdout=1 HTTP/1.1\r\n${UPGRADE}\r\nwords\n`);
      await start(path);
      assert.deepEqual(await answer, [SWITCHED, frame(1, 'words\n') + frame(1, 'later\n')]);
    });

    it('keeps the body of a request apart from the input behind it', async () => {
      const body = '{"stream":true}';
      const lengths = `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n`;
      const path = await created('cat', { OpenStdin: true, StdinOnce: true });
      const query = 'stream=1&stdin=1&stdout=1';
      const answer = say(`POST ${path}/attach?${query} HTTP/1.1\r\n${UPGRADE}${lengths}\r\n${body}words\n`);
      await start(path);
      assert.deepEqual(await answer, [SWITCHED, frame(1, 'words\n')]);
    });

    it('is hijacked by an exec, whose description comes first', async () => {
      const path = await created('sleep 1000', { HostConfig: { NetworkMode: 'none', Init: true } });
      await start(path);
      const wanted = {
        AttachStdin: true,
        AttachStdout: true,
        AttachStderr: true,
        Cmd: ['sh', '-c', 'cat >&2; exit 4'],
      };
      const made = await ask('POST', `${path}/exec`, [...JSON_BODY, JSON.stringify(wanted)]);
      const { Id } = JSON.parse(made.body) as { Id: string };
      const body = '{"Detach":false,"Tty":false}';
      const lengths = `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n`;
      const request = `POST /v1.41/exec/${Id}/start HTTP/1.1\r\n${UPGRADE}${lengths}\r\n${body}words\n`;
      assert.deepEqual(await say(request), [SWITCHED, frame(2, 'words\n')]);
      const { ExitCode } = JSON.parse((await ask('GET', `/exec/${Id}/json`)).body) as { ExitCode: number };
      assert.equal(ExitCode, 4);
    });

    it('is told no when all has been said, though nobody wants to hear it', async () => {
      const archive = Buffer.alloc(8 << 20);
      const lengths = `Host: docker\r\nContent-Type: application/x-tar\r\nContent-Length: ${archive.length}\r\n`;
      const connection = createConnection({ path: socket, allowHalfOpen: true });
      connection.write(`PUT /v1.41/containers/nobody/archive?path=/ HTTP/1.1\r\n${lengths}\r\n`);
      // As Go's net/http: what cannot be written is told, and not what was answered.
      await promisify((done: (error?: Error | null) => void) => connection.write(archive, done))();
      const [answer] = (await once(connection, 'data')) as [Buffer];
      connection.destroy();
      assert.match(String(answer), /^HTTP\/1\.1 404 Not Found\r\n[^]*"message":"No such container: nobody"/);
    });

    it('is answered as usual when what it wants to talk to is not there', async () => {
      const [head, body] = await say(`POST /v1.41/containers/nobody/attach HTTP/1.1\r\n${UPGRADE}\r\n`);
      assert.match(head, /^HTTP\/1\.1 404 Not Found\r\n/);
      assert.match(body, /^\{"message":"No such container: nobody"/);
    });
  });
});
