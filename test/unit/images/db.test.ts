import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Digest } from '../../../src/content/digest.ts';
import { Database, sizeOfLayer, type Data } from '../../../src/images/db.ts';
import { viewOf } from '../../../src/images/view.ts';

const id = (digit: string): Digest => `sha256:${digit.repeat(64)}` as Digest;
const manifest = (digit: string, mediaType = 'application/vnd.oci.image.manifest.v1+json') => ({
  mediaType,
  digest: id(digit),
  size: 1,
});

describe('the database of images', () => {
  let folder = '';
  let seen: Data[] = [];
  const open = (): Database => new Database(folder, async (data) => void seen.push(structuredClone(data)));
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'drydock-db-'));
    seen = [];
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('is empty where there is none', () => {
    assert.deepEqual(open().read(), { version: 1, images: {}, tags: {}, digests: {}, layers: {} });
  });

  it('is changed as a whole or not at all', async () => {
    const db = open();
    await db.change((data) => void (data.tags.a = id('1')));
    await assert.rejects(
      db.change((data) => {
        data.tags.b = id('2');
        throw new Error('no');
      }),
      { message: 'no' },
    );
    assert.deepEqual(open().read().tags, { a: id('1') });
    assert.deepEqual(readdirSync(folder).sort(), ['db.json', 'lock']);
  });

  it('tells of changes, and of nothing else', async () => {
    const db = open();
    await db.change(() => undefined);
    await db.change((data) => void (data.tags.a = id('1')));
    await db.change((data) => void (data.tags.a = id('1')));
    assert.equal(seen.length, 1);
  });

  it('loses no change of many at once', async () => {
    const all = Array.from({ length: 40 }, (_, i) =>
      open().change(async (data) => {
        await new Promise(setImmediate);
        data.tags[`t${i}`] = id('1');
      }),
    );
    await Promise.all(all);
    assert.equal(Object.keys(open().read().tags).length, 40);
  });

  it('says of a layer what its files have, and of one that an older Drydock has unpacked what its archive has', () => {
    const layers = { [id('1')]: { size: 2048, files: 3 }, [id('2')]: { size: 2048 } };
    writeFileSync(join(folder, 'db.json'), JSON.stringify({ ...open().read(), layers }));
    const sizes = ['1', '2', '3'].map((digit) => sizeOfLayer(open().read(), id(digit)));
    assert.deepEqual(sizes, [3, 2048, 0]);
  });

  it('says what is wrong in a file that was changed by hand', () => {
    writeFileSync(join(folder, 'db.json'), '{"version":1,"images":{},"tags":{"a":"x"},"digests":{},"layers":{}}');
    assert.throws(() => open().read(), {
      code: 'STATE_BROKEN',
      message: /tags\.a: expected sha256: and 64 hex digits/,
    });
    writeFileSync(join(folder, 'db.json'), '{"version":1');
    assert.throws(() => open().read(), { code: 'STATE_BROKEN', message: /is not JSON/ });
    assert.match(readFileSync(join(folder, 'db.json'), 'utf8'), /version/);
  });
});

describe('the view for foreign tools', () => {
  it('has each name once, nameless images without one, and no manifest of Docker’s', () => {
    const data: Data = {
      version: 1,
      images: {
        [id('a')]: { manifest: manifest('1') },
        [id('b')]: { manifest: manifest('2') },
        [id('c')]: { manifest: manifest('3', 'application/vnd.docker.distribution.manifest.v2+json') },
      },
      tags: { 'docker.io/library/z:1': id('a'), 'docker.io/library/y:1': id('a'), 'docker.io/library/c:1': id('c') },
      digests: {},
      layers: {},
    };
    const named = (name: string) => ({
      ...manifest('1'),
      annotations: { 'org.opencontainers.image.ref.name': name },
    });
    assert.deepEqual(viewOf(data), [named('docker.io/library/y:1'), named('docker.io/library/z:1'), manifest('2')]);
  });
});
