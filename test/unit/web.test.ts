/** Files from addresses, from a server that is ours: for ADD, and as the context of a build. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { remoteContext } from '../../src/api/remote-context.ts';
import { decompressed, readTar, writeTar } from '../../src/layers/index.ts';
import { get } from '../../src/web.ts';

const TEXT = 'FROM lab\nLABEL from=web\n';

describe('what an address answers', () => {
  const { signal } = new AbortController();
  const wrong = (why: string): Error => new Error(why);

  /** The body runs with the address of a server; `port` 0 is any. */
  async function serving<T>(listener: RequestListener, body: (here: string) => Promise<T>, port = 0): Promise<T> {
    const server = createServer(listener).listen(port, '127.0.0.1');
    try {
      await once(server, 'listening');
      return await body(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  }

  async function textOf(bytes: AsyncIterable<Uint8Array>): Promise<string> {
    const pieces: Uint8Array[] = [];
    for await (const piece of bytes) pieces.push(piece);
    return Buffer.concat(pieces).toString();
  }
  const textAt = async (address: string): Promise<string> => textOf((await get(address, signal, wrong)).bytes);

  it('is read from a port that a browser would not ask', async () => {
    const text = await serving(
      (_, answer) => void answer.end(TEXT),
      (here) => textAt(`${here}/x`),
      10080,
    );
    assert.equal(text, TEXT);
  });

  it('is that of where it leads, without what it was packed in for the way', async () => {
    const listener: RequestListener = ({ url }, answer) => {
      if (url === '/x') answer.writeHead(302, { location: 'y?z' }).end('elsewhere');
      else answer.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(`${url} ${TEXT}`));
    };
    assert.equal(await serving(listener, (here) => textAt(`${here}/x`)), `/y?z ${TEXT}`);
  });

  it('comes through the proxy that the environment names', async () => {
    const before = process.env.HTTP_PROXY;
    try {
      const text = await serving(
        ({ url }, answer) => void answer.end(`${url} ${TEXT}`),
        (here) => {
          process.env.HTTP_PROXY = here;
          return textAt('http://far.test/x');
        },
      );
      assert.equal(text, `http://far.test/x ${TEXT}`);
    } finally {
      if (before === undefined) delete process.env.HTTP_PROXY;
      else process.env.HTTP_PROXY = before;
    }
  });

  it('is asked for by the person that it names, and another one is not told who that is', async () => {
    const listener: RequestListener = ({ headers }, answer) => void answer.end(headers.authorization ?? 'nobody');
    await serving(listener, async (here) => {
      const address = (way: string): string => here.replace('//', '//sailor:s%20ea@') + way;
      assert.equal(await textAt(address('/x')), `Basic ${Buffer.from('sailor:s ea').toString('base64')}`);
      const leading: RequestListener = (_, answer) => void answer.writeHead(302, { location: `${here}/x` }).end();
      await serving(leading, async (other) => {
        assert.equal(await textAt(`${other.replace('//', '//sailor:sea@')}/y`), 'nobody');
      });
    });
  });

  it('is said where it is no success, leads round in a circle, ends too early, or nobody answers', async () => {
    const listener: RequestListener = ({ url }, answer) => {
      if (url === '/circle') return void answer.writeHead(302, { location: '/circle' }).end();
      if (url === '/file') return void answer.writeHead(302, { location: 'file:///etc/passwd' }).end();
      if (url === '/cut') {
        answer.writeHead(200, { 'content-length': 10 });
        return void answer.write('cut', () => answer.destroy());
      }
      answer.writeHead(404).end('none');
    };
    await serving(listener, async (here) => {
      await assert.rejects(textAt(`${here}/none`), /^Error: 404 Not Found$/);
      await assert.rejects(textAt(`${here}/circle`), /^Error: .*[Rr]edirect/);
      await assert.rejects(textAt(`${here}/file`), /^Error: .*protocol/);
      await assert.rejects(textAt(`${here}/cut`), /^Error: (other side closed|terminated|aborted)/);
    });
    await assert.rejects(textAt('http://127.0.0.1:2/x'), /^Error: connect ECONNREFUSED/);
  });

  describe('as a context', () => {
    /** Names in the context, and what is built of it. */
    async function contextOf(type: string | undefined, body: Uint8Array): Promise<[string[], string | undefined]> {
      const listener: RequestListener = (_, answer) =>
        void answer.writeHead(200, type === undefined ? {} : { 'content-type': type }).end(body);
      return serving(listener, async (here) => {
        const { context, dockerfile } = await remoteContext(`${here}/Dockerfile`, signal);
        const names: string[] = [];
        for await (const { path } of readTar(decompressed(context))) names.push(path.toString());
        return [names, dockerfile];
      });
    }
    const archive = async (): Promise<Buffer> => {
      const pieces: Uint8Array[] = [];
      const data = Buffer.from('A');
      const facts = { mode: 0o644, uid: 0, gid: 0, mtime: { seconds: 0, nanoseconds: 0 } };
      const path = Buffer.from(`${'a'.repeat(99)}`);
      for await (const piece of writeTar([{ ...facts, type: 'file', path, size: 1, data }])) pieces.push(piece);
      return Buffer.concat(pieces);
    };

    for (const type of ['application/octet-stream', undefined])
      it(`is what its first bytes are where the header says ${type}`, async () => {
        assert.deepEqual(await contextOf(type, Buffer.from(TEXT)), [['Dockerfile'], 'Dockerfile']);
        for (const bytes of [await archive(), gzipSync(await archive())])
          assert.deepEqual(await contextOf(type, bytes), [['a'.repeat(99)], undefined]);
      });

    it('is what the header says, where it says anything', async () => {
      assert.deepEqual(await contextOf('text/plain; charset=utf-8', Buffer.from(TEXT)), [['Dockerfile'], 'Dockerfile']);
      await assert.rejects(contextOf('application/x-tar', Buffer.from(TEXT)), /ARCHIVE_|archive/);
      await assert.rejects(contextOf(undefined, Buffer.alloc(0)), /empty response/);
    });
  });
});
