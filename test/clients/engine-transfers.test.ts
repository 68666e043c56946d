/**
 * Clients that leave in the middle: Ctrl-C, kill -9, a line that is cut, while an image comes or goes through the engine.
 *
 * What has to be so then: the engine lets go of the registry at once, holds no lease, has no image by halves; and who comes
 * again goes on where it stopped.
 */
import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream, existsSync, readdirSync, statSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server as HttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { startFaulty, type FaultyRegistry } from '../../src/learn/registry/faulty.ts';
import { startRegistry, type LocalRegistry } from '../../src/learn/registry/local.ts';
import { projectHome } from '../../src/linux/native.ts';
import { imageOfEveryKind } from './images-support.ts';
import { lacks, startEngine, type Server } from './engine-support.ts';
import { command, eventually, folder, freshFolder, said, skipAll } from './support.ts';

/** Much of the large layer, and not all of it. */
const PART = 1_000_000;

describe('a client that leaves in the middle', function () {
  this.timeout(120_000);
  let registry: LocalRegistry;
  let faulty: FaultyRegistry;
  let engine: Server & { readonly root: string };
  let made: Awaited<ReturnType<typeof imageOfEveryKind>>;
  const name = (): string => `${faulty.host}/team/image:1`;

  /** The same words by both clients. */
  const clients = {
    docker: (...words: string[]): string[] => engine.docker(...words),
    drydock: (...words: string[]): string[] => [
      ...[process.execPath, join(projectHome(), 'dist/drydock.cjs'), '-H', engine.host],
      ...words,
    ],
  };
  const content = (part: string): string[] => readdirSync(join(engine.root, 'content', part));
  const partOf = (): number =>
    Math.max(0, ...content('ingest').map((one) => statSync(join(engine.root, 'content/ingest', one)).size));
  const engineRests = (): Promise<void> => eventually('no lease', () => content('leases').length === 0, 10_000);

  const started: ChildProcess[] = [];
  function start(words: string[], input: 'ignore' | 'pipe' = 'ignore'): ChildProcess {
    const child = spawn(words[0]!, words.slice(1), { cwd: folder, stdio: [input, 'ignore', 'ignore'] });
    started.push(child);
    return child;
  }
  async function leave(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
    const gone = once(child, 'exit');
    child.kill(signal);
    await gone;
  }

  before('a registry, something slow before it, and an engine', async function () {
    const reason = lacks('docker-registry');
    if (reason) skipAll(this, reason);
    registry = await startRegistry();
    faulty = await startFaulty(registry.host);
    made = await imageOfEveryKind(freshFolder('transfers'), `${registry.host}/team/image:1`);
    engine = await startEngine();
  });
  afterEach(() => {
    faulty.plan = () => undefined;
    for (const child of started.splice(0)) child.kill('SIGKILL');
  });
  after(async () => {
    await engine?.end();
    await faulty?.stop();
    await registry?.stop();
  });

  for (const [client, signal] of [
    ['docker', 'SIGINT'],
    ['docker', 'SIGKILL'],
    ['drydock', 'SIGINT'],
  ] as const)
    it(`leaves a part of a pull, with which the next one goes on: ${client}, ${signal}`, async () => {
      // The largest blob is the one of which so much comes.
      faulty.plan = ({ path }) => (path.includes('/blobs/') ? { kind: 'stall', after: PART } : undefined);
      const child = start(clients[client]('pull', name()));
      await eventually('most of the large layer', () => partOf() === PART);
      await leave(child, signal);
      await engineRests();
      assert.equal(await said(engine.docker('images', '-q')), '');
      faulty.plan = () => undefined;
      const before = faulty.heard.length;
      await said(clients[client]('pull', name()));
      assert(faulty.heard.slice(before).some(({ range }) => range === `bytes=${PART}-`));
      assert.deepEqual(content('ingest'), []);
      assert.equal(
        await said(engine.docker('run', '--rm', '--network', 'none', name(), 'stat', '-c', '%s', '/large')),
        '2000000',
      );
      await said(engine.docker('rmi', name()));
    });

  it('is not waited for by a registry that never answers, whatever it was asked', async () => {
    const asked: IncomingMessage[] = [];
    const mute: HttpServer = createServer((request, response) => {
      if (request.url === '/v2/') return void response.writeHead(200).end();
      // The first question is who we are; nobody ever says.
      if (request.url?.startsWith('/v2/secret/'))
        return void response.writeHead(401, { 'www-authenticate': `Bearer realm="http://${host}/token"` }).end();
      asked.push(request);
    });
    mute.listen(0, '127.0.0.1');
    await once(mute, 'listening');
    const host = `127.0.0.1:${(mute.address() as AddressInfo).port}`;
    try {
      for (const words of [
        ['pull', `${host}/open:1`],
        ['pull', '--all-tags', `${host}/open`],
        ['pull', `${host}/secret/one:1`],
      ]) {
        const child = start(engine.docker(...words));
        await eventually(`${words.join(' ')} to be asked`, () => asked.length > 0);
        await leave(child, 'SIGINT');
        await eventually(`${words.join(' ')} to be given up`, () => asked.every(({ destroyed }) => destroyed), 10_000);
        asked.length = 0;
      }
    } finally {
      mute.closeAllConnections();
      mute.close();
    }
  });

  it('lets go of a push, and the next one brings it to its end', async () => {
    await said(engine.docker('load', '-q', '-i', made.archive));
    const [id] = (await said(engine.docker('images', '-q', '--no-trunc'))).split('\n');
    await said(engine.docker('tag', id!, `${faulty.host}/pushed/image:1`));
    faulty.plan = ({ method }) => (method === 'PUT' || method === 'PATCH' ? { kind: 'stall', after: 0 } : undefined);
    const child = start(engine.docker('push', `${faulty.host}/pushed/image:1`));
    await eventually('an upload', () => faulty.heard.some(({ method }) => method === 'PUT' || method === 'PATCH'));
    await leave(child, 'SIGINT');
    await engineRests();
    faulty.plan = () => undefined;
    await said(engine.docker('push', `${faulty.host}/pushed/image:1`));
    await said(engine.docker('rmi', '-f', id!));
  });

  for (const words of [['load'], ['import', '-', 'half:1']])
    it(`leaves nothing of half an archive: ${words[0]}`, async () => {
      const { archive } = made;
      const child = start(engine.docker(...words), 'pipe');
      const half = createReadStream(archive, { end: Math.floor(statSync(archive).size / 2) });
      child.stdin!.on('error', () => undefined); // it is killed while it reads
      half.pipe(child.stdin!, { end: false });
      await eventually('a part of it', () => partOf() > 0);
      await leave(child, 'SIGKILL');
      await engineRests();
      await eventually('nothing in ingest', () => content('ingest').length === 0);
      assert.equal(await said(engine.docker('images', '-q')), '');
      const [verb, ...rest] = words;
      await said(['sh', '-c', `cat "$1" | docker -H "$2" ${verb} ${rest.join(' ')}`, 'sh', archive, engine.host]);
      const id = await said(engine.docker('images', '-q'));
      await said(engine.docker('rmi', '-f', id));
    });

  it('is not in the way of others: an archive is loaded while a pull of the same layers stands still', async () => {
    faulty.plan = ({ path }) => (path.includes('/blobs/') ? { kind: 'stall', after: PART } : undefined);
    const child = start(engine.docker('pull', name()));
    await eventually('most of the large layer', () => partOf() === PART);
    const { code } = await command(engine.docker('load', '-q', '-i', made.archive), { seconds: 20 });
    assert.equal(code, 0, 'the load waits for whoever pulls');
    await leave(child, 'SIGINT');
    await engineRests();
    assert(existsSync(made.archive));
  });
});
