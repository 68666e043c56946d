/** The client against Debian's docker-registry, on loopback. */
import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Descriptor } from '../../src/content/descriptor.ts';
import { readUpTo } from '../../src/registry/body.ts';
import { parseReference } from '../../src/registry/reference.ts';
import type { Exchange, Repository, TransferEvent } from '../../src/registry/registry.ts';
import { openRepository } from '../../src/registry/repository.ts';
import { catalog, search } from '../../src/registry/search.ts';
import { download, upload } from '../../src/registry/transfer.ts';
import { startRegistry, type LocalRegistry } from '../../src/learn/registry/local.ts';
import { bare, blob, image, refused, scratch, store } from './registry-support.ts';

const MANY = 64 * 1024 * 1024;

/** Bytes in Buffers that something still refers to: what may be collected is. */
function reachable(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  return process.memoryUsage().arrayBuffers;
}

describe('a plain registry on this machine', function () {
  this.timeout(60_000);
  const folder = scratch();
  const exchanges: Exchange[] = [];
  const opened: Repository[] = [];
  let registry: LocalRegistry;

  before(async () => {
    registry = await startRegistry();
  });
  after(async () => {
    for (const one of opened) await one.close();
    await registry?.stop();
  });
  beforeEach(() => exchanges.splice(0));

  const repository = (name: string): Repository => {
    const reference = parseReference(`${registry.host}/${name}`);
    const one = openRepository(reference, { ...bare, onExchange: (exchange) => exchanges.push(exchange) });
    opened.push(one);
    return one;
  };
  const requests = (): string[] =>
    exchanges.map(
      ({ method, url, status }) => `${method} ${new URL(url).pathname.replace(/sha256:.*|uploads\/.+/, '…')} ${status}`,
    );
  const pushed = async (name: string, ...sizes: number[]): Promise<ReturnType<typeof image>> => {
    const made = image(...sizes);
    const to = repository(name);
    for (const { descriptor, source } of made.blobs) await to.push(descriptor, source);
    await to.put(to.reference.tag ?? 'latest', made.manifest);
    return made;
  };

  it('keeps an image and hands it out again, byte for byte', async () => {
    const { manifest, blobs } = await pushed('round/trip:1', 1000, 0, 300_000);
    const from = repository('round/trip:1');
    assert.deepEqual(await from.head(), manifest.descriptor);
    const resolved = await from.resolve();
    assert.deepEqual(resolved, manifest);
    for (const { descriptor, bytes } of blobs) assert.deepEqual(await from.read(descriptor, 300_000), bytes);
    assert.deepEqual(await from.tags(), ['1']);
  });

  it('is asked by digest as well as by tag', async () => {
    const { manifest } = await pushed('by/digest', 10);
    const { digest } = manifest.descriptor;
    assert.deepEqual(await repository(`by/digest@${digest}`).resolve(), manifest);
    assert.deepEqual(await repository('by/digest').head(digest), manifest.descriptor);
  });

  it('says in its own words what it has not got', async () => {
    await assert.rejects(repository('is/not/there').resolve(), refused('REGISTRY', /404: manifest unknown/));
    const absent = blob(Buffer.from('absent')).descriptor;
    assert.equal(await repository('is/not/there').has(absent), false);
    await assert.rejects(repository('is/not/there').read(absent, 10), refused('REGISTRY', /404: blob unknown/));
  });

  it('takes a blob in pieces', async () => {
    const { descriptor, source, bytes } = blob(Buffer.alloc(1_000_001, 'pieces'));
    const to = repository('in/pieces');
    assert.deepEqual(await to.push(descriptor, source, { chunkSize: 300_000 }), { how: 'sent' });
    assert.equal(requests().filter((request) => request === 'PATCH /v2/in/pieces/blobs/… 202').length, 4);
    assert.deepEqual(await to.read(descriptor, 2_000_000), bytes);
  });

  it('is not sent what it has, and is asked for a mount before it is sent what another repository has', async () => {
    const { descriptor, source } = blob(Buffer.from('once and no more'));
    await repository('mount/from').push(descriptor, source);
    exchanges.splice(0);
    const never = { open: (): Readable => assert.fail('nothing should be sent') };
    assert.deepEqual(await repository('mount/from').push(descriptor, never), { how: 'exists' });
    const to = repository('mount/to');
    assert.deepEqual(await to.push(descriptor, never, { mountFrom: ['mount/from'] }), {
      how: 'mounted',
      from: 'mount/from',
    });
    assert.equal(await to.has(descriptor), true);
    const other = blob(Buffer.from('from nowhere'));
    assert.deepEqual(await to.push(other.descriptor, other.source, { mountFrom: ['no/such'] }), { how: 'sent' });
  });

  it('does not take a blob that is not what its name says', async () => {
    const { descriptor } = blob(Buffer.from('what was promised'));
    const wrong = { open: (offset: number) => Readable.from([Buffer.from('what was deliver!').subarray(offset)]) };
    await assert.rejects(repository('wrong').push(descriptor, wrong), refused('REGISTRY', /400: .*digest/i));
    const { manifest } = image(10);
    await assert.rejects(repository('wrong').put('latest', manifest), refused('REGISTRY', /400: .*blob unknown/));
  });

  it('fills a content store with several blobs at a time, and tells how far it is', async () => {
    const made = await pushed('many', 500_000, 500_000, 500_000, 500_000);
    const { content, lease } = await store(folder);
    const events: TransferEvent[] = [];
    const descriptors = made.blobs.map(({ descriptor }) => descriptor);
    await download(
      repository('many'),
      [...descriptors, descriptors[1]!],
      { content, lease },
      { onTransfer: (event) => events.push(event) },
    );
    for (const { descriptor, bytes } of made.blobs) assert.deepEqual(await content.read(descriptor.digest, 1e6), bytes);
    for (const { digest, size } of descriptors) {
      const own = events.filter(({ blob }) => blob.digest === digest);
      assert.deepEqual([own[0]?.state, own.at(-2)?.state, own.at(-1)?.state], ['waiting', 'verifying', 'done']);
      assert.equal(Math.max(...own.map((event) => ('current' in event ? event.current : 0))), size);
      assert.equal(own.filter(({ state }) => state === 'done').length, 1, 'each once, though named twice');
    }
    events.splice(0);
    exchanges.splice(0);
    await download(repository('many'), descriptors, { content, lease }, { onTransfer: (event) => events.push(event) });
    assert.deepEqual(requests(), [], 'what is here is not asked for');
    assert.ok(events.every(({ state }) => ['waiting', 'exists'].includes(state)));

    await upload(repository('many/again'), descriptors, content, { mountFrom: ['many'] });
    assert.ok(await repository('many/again').has(descriptors[3]!));
  });

  it('is asked in few words: one request for a manifest by digest, one for a blob', async () => {
    const { manifest, blobs } = await pushed('few', 10);
    exchanges.splice(0);
    const from = repository('few');
    await from.resolve(manifest.descriptor.digest);
    await from.read(blobs[1]!.descriptor, 10);
    assert.deepEqual(requests(), ['GET /v2/few/manifests/… 200', 'GET /v2/few/blobs/… 200']);
  });

  it('lists its repositories, in which one can look', async () => {
    await pushed('team/searched', 1);
    assert.ok((await catalog(registry.host, bare)).includes('team/searched'));
    const found = await search(`${registry.host}/search`, bare);
    assert.deepEqual(
      found.map(({ name }) => name),
      [`${registry.host}/team/searched`],
    );
  });

  it('sends a large blob through a small memory', async () => {
    const pushLarge = async (): Promise<Descriptor> => {
      const { descriptor, source } = blob(Buffer.alloc(MANY, 'large'));
      await repository('large').push(descriptor, source);
      return descriptor;
    };
    const descriptor = await pushLarge(); // whose Buffer is not held any more
    let [largest, seen, looked] = [0, 0, 0];
    const held = reachable();
    for await (const chunk of repository('large').fetch(descriptor)) {
      seen += chunk.length;
      if (seen < looked + MANY / 16) continue;
      looked = seen;
      largest = Math.max(largest, reachable() - held);
    }
    assert.equal(seen, MANY);
    assert.ok(largest < MANY / 8, `${largest} bytes were held`);
  });

  it('is left in peace when somebody stops reading', async () => {
    const { descriptor, source } = blob(Buffer.alloc(8_000_000, 'half'));
    await repository('half').push(descriptor, source);
    const from = repository('half');
    assert.equal(await readUpTo(1_000_000, from.fetch(descriptor)), undefined);
    await assert.rejects(from.read(descriptor, 1_000_000), refused('MANIFEST_INVALID', /8000000 bytes/));
  });
});
