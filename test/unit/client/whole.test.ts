/** A client that waits for its answers, against a server in a thread of its own that answers as engines do, and do not. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { Client } from '../../../src/client/client.ts';
import { endpointOf } from '../../../src/client/endpoint.ts';

/** Answers each connection with the next text, and ends it unless that is to be kept; tells the first lines that it got. */
const SERVER = `
  const { parentPort, workerData } = require('node:worker_threads');
  let answers = [];
  const asked = [];
  const server = require('node:net').createServer((socket) => {
    socket.once('data', (bytes) => {
      asked.push(String(bytes).split('\\r\\n')[0]);
      const answer = answers.shift();
      if (answer.startsWith('kept ')) socket.write(answer.slice(5));
      else socket.end(answer);
    });
  });
  parentPort.on('message', (message) => {
    if (message === 'asked') parentPort.postMessage(asked.splice(0));
    else (answers = message), parentPort.postMessage('set');
  });
  server.listen(workerData, () => parentPort.postMessage('listens'));
`;

describe('a client that waits', () => {
  const folder = mkdtempSync(join(tmpdir(), 'dd-whole-'));
  const socket = join(folder, 's');
  let server: Worker;
  before(async () => {
    server = new Worker(SERVER, { eval: true, workerData: socket });
    await once(server, 'message');
  });
  after(async () => {
    await server.terminate();
    rmSync(folder, { recursive: true, force: true });
  });

  const tell = async (message: unknown): Promise<unknown> => {
    server.postMessage(message);
    return ((await once(server, 'message')) as unknown[])[0];
  };
  const client = (path = socket): Client =>
    Object.assign(new Client(endpointOf(`unix://${path}`, {}, {})), { isAlone: true });
  /** What GET /x gives after these answers, and the first lines of the requests. */
  async function outcome(...answers: string[]): Promise<[unknown, ...string[]]> {
    await tell(answers);
    const given = await client()
      .json('GET', '/x')
      .catch((error: Error) => error.message);
    return [given, ...((await tell('asked')) as string[])];
  }
  const [whole, kept] = ['GET /v1.41/x HTTP/1.0', 'GET /v1.41/x HTTP/1.1'];
  const body = '{"a":"ä"}';
  const length = Buffer.byteLength(body);

  it('takes an answer with its length, or until the connection ends', async () => {
    const answered = [{ a: 'ä' }, whole];
    assert.deepEqual(await outcome(`HTTP/1.1 200 OK\r\nContent-Length: ${length}\r\n\r\n${body}`), answered);
    assert.deepEqual(await outcome(`HTTP/1.1 200 OK\r\nX: y\r\n\r\n${body}`), answered);
    assert.deepEqual(await outcome(`HTTP/1.0 200\r\n\r\n${body}`), answered);
  });

  it('waits for nothing behind the length, from one who keeps the connection', async () => {
    const answer = `HTTP/1.1 200 OK\r\nContent-Length: ${length}\r\n\r\n${body}`;
    assert.deepEqual(await outcome(`kept ${answer}`), [{ a: 'ä' }, whole]);
  });

  it('does not wait for the end of an answer in pieces, which a proxy may keep open', async () => {
    const pieces = `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n[]\r\n0\r\n\r\n`;
    assert.deepEqual(await outcome(`kept ${pieces}`, `kept ${pieces}`), [[], whole, kept]);
  });

  it('asks again over a connection that lasts where HTTP/1.0 is refused', async () => {
    const right = `HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n${body}`;
    for (const refusal of [
      'HTTP/1.1 426 Upgrade Required\r\nContent-Length: 0\r\n\r\n',
      'HTTP/1.1 505 HTTP Version Not Supported\r\n\r\n{"message":"no"}',
      'HTTP/1.1 400 Bad Request\r\n\r\n<h1>HTTP/1.1, please</h1>',
    ])
      assert.deepEqual(await outcome(refusal, right), [{ a: 'ä' }, whole, kept], refusal);
  });

  it('asks again over a connection that lasts when the answer is cut short, in pieces, or no HTTP', async () => {
    const right = `HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: ${length}\r\n\r\n${body}`;
    for (const odd of [
      `HTTP/1.1 200 OK\r\nContent-Length: ${length}\r\n\r\n${body.slice(0, 4)}`,
      'HTTP/1.1 200 OK\r\nContent-Le',
      `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${length.toString(16)}\r\n${body}\r\n0\r\n\r\n`,
      'hello\r\n\r\n{}',
      '',
    ])
      assert.deepEqual(await outcome(odd, right), [{ a: 'ä' }, whole, kept], odd);
  });

  it('throws what the engine says against it', async () => {
    const refused = 'HTTP/1.1 404 Not Found\r\n\r\n{"message":"no such thing"}';
    assert.deepEqual(await outcome(refused), ['Error response from daemon: no such thing', whole]);
    const silent = 'HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n';
    const sentence = 'request returned Internal Server Error (500) and no message';
    assert.deepEqual(await outcome(silent), [`Error response from daemon: ${sentence}`, whole]);
  });

  it('asks again in the version that an engine can speak', async () => {
    const message = 'client version 1.41 is too old. Minimum supported API version is 1.44, please upgrade your client';
    const old = `HTTP/1.1 400 Bad Request\r\n\r\n${JSON.stringify({ message })}`;
    const asked = ['GET /v1.41/x HTTP/1.0', 'GET /v1.44/x HTTP/1.0'];
    assert.deepEqual(await outcome(old, 'HTTP/1.1 200 OK\r\n\r\n[]'), [[], ...asked]);
  });

  it('sends nothing that would end the first line', async () => {
    await tell([]);
    const path = '/x HTTP/1.0\r\nX: y';
    await assert.rejects(client().json('GET', path), { code: 'ERR_UNESCAPED_CHARACTERS' });
    assert.deepEqual(await tell('asked'), []);
  });

  it('names the address where nobody is', async () => {
    const message = `Cannot connect to the Docker daemon at unix://${folder}/nobody. Is the docker daemon running?`;
    await assert.rejects(client(join(folder, 'nobody')).json('GET', '/x'), { code: 'ENGINE', message });
  });
});
