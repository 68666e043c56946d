import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type AddressInfo, type Socket } from 'node:net';
import type { Server } from 'node:http';
import { text } from 'node:stream/consumers';
import type { Route } from '../../../src/api/api.ts';
import { Api, type ApiOptions } from '../../../src/api/server.ts';

const HEAD = 'POST /images/load HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n';
const CHUNK = '4\r\nmore\r\n';
const END = '0\r\n\r\n';

/** As good as never, for what is not to come about. */
const NEVER = 3_600_000;

describe('a no to somebody who still sends', function () {
  this.timeout(10_000);
  let server: Server;
  afterEach(() => server.close());

  /** An engine, and somebody who has begun to say something to it. */
  async function saying(
    words: string,
    patience: ApiOptions['patience'],
    routes: ApiOptions['routes'] = [],
  ): Promise<Socket> {
    const options = { routes, engine: {}, surroundings: {}, name: 'test', patience } as unknown as ApiOptions;
    server = new Api(options).server({ isGuarded: true });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as AddressInfo;
    const client = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    client.on('error', () => undefined);
    client.write(words);
    return client;
  }

  /** Of an upload to a path that this engine does not know. */
  const uploading = (patience: ApiOptions['patience']): Promise<Socket> => saying(HEAD + CHUNK, patience);

  const answersIn = (said: string): string[] => [...said.matchAll(/^HTTP\/1\.1 (\d+)/gm)].map(([, status]) => status!);

  it('comes at once, and the connection ends when everything is said', async () => {
    const client = await uploading({ silence: NEVER, longest: NEVER });
    client.setEncoding('utf8');
    const [first] = (await once(client, 'data')) as [string];
    assert.match(first, /^HTTP\/1\.1 404 [^]*"message":/);
    client.write(CHUNK + END);
    await text(client);
  });

  it('does not wait for whoever says nothing more', async () => {
    assert.deepEqual(answersIn(await text(await uploading({ silence: 1, longest: NEVER }))), ['404']);
  });

  it('does not wait for whoever never stops', async () => {
    const client = await uploading({ silence: NEVER, longest: 50 });
    let isOver = false;
    const speak = (): void => void (isOver || client.write(CHUNK, () => setImmediate(speak)));
    client.once('close', () => (isOver = true)).once('end', () => client.end());
    speak();
    assert.deepEqual(answersIn(await text(client)), ['404']);
  });

  const further = {
    'a further request': 'GET /_ping HTTP/1.1\r\nHost: x\r\n\r\n',
    'one for an upgrade':
      'POST /containers/x/attach HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n',
  };
  for (const [name, request] of Object.entries(further))
    it(`leaves ${name} on the connection without an answer`, async () => {
      const client = await uploading({ silence: NEVER, longest: NEVER });
      client.setEncoding('utf8');
      const [first] = (await once(client, 'data')) as [string];
      client.write(END + request);
      assert.deepEqual(answersIn(first + (await text(client))), ['404']);
    });

  it('does not hand over a connection on which an answer is to go out yet', async () => {
    const slow: Route = { method: 'GET', path: '/slow', handle: () => new Promise(() => undefined) };
    const words = `GET /slow HTTP/1.1\r\nHost: x\r\n\r\n${further['one for an upgrade']}`;
    assert.equal(await text(await saying(words, undefined, [slow])), '');
  });
});
