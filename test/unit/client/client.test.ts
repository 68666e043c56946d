/** The client against servers that answer as engines do, and as engines do not. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { Client } from '../../../src/client/client.ts';
import { endpointOf } from '../../../src/client/endpoint.ts';
import { Refusal } from '../../../src/client/failure.ts';

const folder = mkdtempSync(join(tmpdir(), 'dd-client-'));
const socket = join(folder, 's');
after(() => rmSync(folder, { recursive: true, force: true }));

describe('a client of the engine', () => {
  let server: Server;
  let answer: (request: IncomingMessage, response: ServerResponse) => void;
  let asked: string[];
  const client = (): Client => new Client(endpointOf(`unix://${socket}`, {}, {}));

  before((done) => {
    server = createServer((request, response) => {
      asked.push(`${request.method} ${request.url}`);
      answer(request, response);
    });
    server.on('upgrade', (request: IncomingMessage, connection: Duplex) => upgraded(request, connection));
    server.listen(socket, done);
  });
  beforeEach(() => (asked = []));
  after((done) => {
    server.closeAllConnections();
    server.close(done);
  });
  let upgraded: (request: IncomingMessage, connection: Duplex) => void;

  it('asks in its version of the API, and leaves out what is empty', async () => {
    answer = (_request, response) => response.end('[1]');
    const query = { all: true, size: false, name: '', since: undefined, limit: 0, names: ['a', 'b'] };
    assert.deepEqual(await client().json('GET', '/x', { query }), [1]);
    assert.deepEqual(asked, ['GET /v1.41/x?all=1&limit=0&names=a&names=b']);
  });

  it('throws what the engine says against it, with its status', async () => {
    answer = (_request, response) => response.writeHead(404).end('{"message":"No such container: web\\n"}');
    await assert.rejects(client().json('GET', '/x'), (error: Refusal) => {
      assert(error instanceof Refusal);
      assert.deepEqual([error.status, error.message], [404, 'Error response from daemon: No such container: web']);
      return true;
    });
  });

  it('keeps the hint that an engine of ours gives', async () => {
    answer = (_request, response) => response.writeHead(400).end('{"message":"FORM?","hint":"did you mean FROM?"}');
    await assert.rejects(client().json('GET', '/x'), { code: 'REFUSED', hint: 'did you mean FROM?' });
  });

  it('asks again in the version that an engine can speak', async () => {
    const tooOld = 'client version 1.41 is too old. Minimum supported API version is 1.44, please upgrade your client';
    answer = ({ url }, response) =>
      url!.startsWith('/v1.44/')
        ? response.end('{}')
        : response.writeHead(400).end(JSON.stringify({ message: tooOld }));
    const one = client();
    await one.json('GET', '/x');
    await one.json('GET', '/y');
    assert.deepEqual(asked, ['GET /v1.41/x', 'GET /v1.44/x', 'GET /v1.44/y']);
  });

  it('says which engine has answered with something else than JSON', async () => {
    answer = (_request, response) => response.end('<html>');
    await assert.rejects(client().json('GET', '/x'), { code: 'ENGINE', message: /has answered GET \/x with no JSON/ });
  });

  it('names the address where nobody is', async () => {
    const nobody = new Client(endpointOf(`unix://${folder}/nobody`, {}, {}));
    const message = `Cannot connect to the Docker daemon at unix://${folder}/nobody. Is the docker daemon running?`;
    const hint = '`sudo drydock daemon` starts one; without -H and DOCKER_HOST one is started by itself';
    await assert.rejects(nobody.json('GET', '/x'), { code: 'ENGINE', message, hint });
  });

  it('says that an engine has gone in the middle of what it said, in one sentence, and where it was', async () => {
    answer = (_request, response) => {
      response.write('{"a":1}\n');
      setImmediate(() => response.socket!.destroy());
    };
    const gone = {
      code: 'ENGINE',
      message: `error during connect: the engine at unix://${socket} has gone away before it had answered to the end`,
    };
    const stream = await client().stream('GET', '/x');
    await assert.rejects(async () => {
      for await (const _ of stream);
    }, gone);
    answer = (request) => request.socket.destroy();
    await assert.rejects(client().json('POST', '/x'), gone);
  });

  it('has an engine started when nobody answers, once, and asks again', async () => {
    const one = new Client(endpointOf(`unix://${folder}/late`, {}, {}));
    let starts = 0;
    const late = createServer((_request, response) => response.end('"here"'));
    one.revive = async () => {
      starts++;
      await new Promise<void>((resolve) => late.listen(join(folder, 'late'), resolve));
    };
    try {
      assert.equal(await one.json('GET', '/x'), 'here');
      assert.equal(starts, 1);
    } finally {
      late.closeAllConnections();
      late.close();
    }
  });

  it('reads on after its own direction of a hijacked connection is closed, also what came with the answer', async () => {
    upgraded = (request, connection) => {
      connection.write('HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\nfirst,');
      assert.equal(request.headers.upgrade, 'tcp');
      let heard = '';
      connection.on('data', (bytes: Buffer) => (heard += bytes.toString()));
      connection.on('end', () => connection.end(`heard ${heard}`));
    };
    const connection = await client().hijack('/attach');
    connection.end('words');
    let text = '';
    for await (const bytes of connection) text += String(bytes);
    assert.equal(text, 'first,heard words');
  });

  it('throws when a connection is not handed over', async () => {
    upgraded = (_request, connection) =>
      connection.end('HTTP/1.1 409 Conflict\r\nContent-Length: 20\r\n\r\n{"message":"paused"}');
    await assert.rejects(client().hijack('/attach'), { message: 'Error response from daemon: paused' });
  });
});

describe('an address of an engine', () => {
  const target = (host: string | undefined, env: NodeJS.ProcessEnv = {}): unknown => endpointOf(host, {}, env).target;
  it('is a socket or a host with a port', () => {
    assert.deepEqual(target('unix:///a/b.sock'), { socketPath: '/a/b.sock' });
    assert.deepEqual(target('tcp://example.org'), { host: 'example.org', port: 2375 });
    assert.deepEqual(target('tcp://[::1]:99'), { host: '::1', port: 99 });
    assert.deepEqual(target('127.0.0.1:99'), { host: '127.0.0.1', port: 99 });
  });
  it('is the option’s, DRYDOCK_HOST’s, DOCKER_HOST’s, or our own socket, in this order', () => {
    const env = { DRYDOCK_HOST: 'unix:///ours', DOCKER_HOST: 'unix:///theirs', DRYDOCK_RUN: '/r' };
    assert.deepEqual(target('unix:///said', env), { socketPath: '/said' });
    assert.deepEqual(target(undefined, env), { socketPath: '/ours' });
    assert.deepEqual(target(undefined, { ...env, DRYDOCK_HOST: '' }), { socketPath: '/theirs' });
    assert.deepEqual(target(undefined, { DRYDOCK_RUN: '/r' }), { socketPath: '/r/drydock.sock' });
  });
  it('has TLS when somebody wants it, and then another port', () => {
    const { target: place, tls } = endpointOf('tcp://example.org', { tlsverify: true }, { DOCKER_CERT_PATH: '/certs' });
    assert.deepEqual(place, { host: 'example.org', port: 2376 });
    assert.deepEqual(tls, { verify: true, ca: '/certs/ca.pem', cert: '/certs/cert.pem', key: '/certs/key.pem' });
  });
  for (const wrong of ['ftp://x', 'tcp://x:99999', 'tcp://a:b', 'tcp://a/b'])
    it(`is not ${wrong}`, () => assert.throws(() => target(wrong), { code: 'BAD_USAGE', message: new RegExp(wrong) }));
});
