import assert from 'node:assert/strict';
import { chmodSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { digestOf, hexOf, parseDigest } from '../../../src/content/digest.ts';
import { withStore } from './support.ts';

const bytes = Buffer.from('what is in a blob');
const digest = digestOf(bytes);

describe('a digest', () => {
  it('is sha256 and 64 small hexadecimal digits, and nothing else becomes a path', () => {
    assert.equal(parseDigest(digest), digest);
    const hex = 'a'.repeat(64);
    const wrong = [
      '',
      hex,
      `sha256:${hex}0`,
      `sha256:${hex.toUpperCase()}`,
      `sha256:../${hex.slice(3)}`,
      `sha256:${hex}\n`,
    ];
    for (const text of [...wrong, `md5:${hex}`])
      assert.throws(() => parseDigest(text), { code: 'DIGEST_INVALID' }, text);
    assert.throws(() => parseDigest(`sha512:${hex}${hex}`), /sha512[^]*/);
  });

  it('is the one that sha256sum prints', () => {
    assert.equal(hexOf(digestOf('')), 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
  });
});

describe('the content store', () => {
  it(
    'has a blob after its commit, read-only, and nothing of it before',
    withStore(async ({ content, coming, parts }) => {
      const ingest = await coming(bytes);
      await ingest.write(bytes.subarray(0, 5));
      assert.equal(await content.stat(digest), undefined);
      await ingest.write(bytes.subarray(5));
      assert.deepEqual((await ingest.commit()).size, bytes.length);
      assert.equal((await content.stat(digest))?.size, bytes.length);
      assert.deepEqual(await content.read(digest, 100), bytes);
      assert.deepEqual(await buffer(await content.stream(digest, { offset: 8 })), bytes.subarray(8));
      assert.equal(statSync(await content.path(digest)).mode & 0o777, 0o444);
      assert.deepEqual(parts(), []);
    }),
  );

  it(
    'is readable by nobody else, because layers have setuid programs (CVE-2021-41091)',
    withStore(({ folder }) => {
      for (const part of ['blobs/sha256', 'ingest', 'leases'])
        assert.equal(statSync(join(folder, part)).mode & 0o077, 0);
      return Promise.resolve();
    }),
  );

  it(
    'refuses other bytes and other sizes than were promised, and keeps nothing of them',
    withStore(async ({ content, lease, coming, parts }) => {
      const changed = await coming(bytes);
      await changed.write(Buffer.from('WHAT is in a blob'));
      await assert.rejects(changed.commit(), { code: 'DIGEST_MISMATCH' });
      const short = await coming(bytes);
      await short.write(bytes.subarray(1));
      await assert.rejects(short.commit(), { code: 'DIGEST_MISMATCH', message: /17 bytes were promised, and 16 came/ });
      const long = await coming(bytes);
      await assert.rejects(long.write(Buffer.alloc(18)), { code: 'DIGEST_MISMATCH' });
      const late = await content.ingest({ key: 'late', lease });
      await late.write(bytes);
      await assert.rejects(late.commit({ digest: digestOf('another') }), { code: 'DIGEST_MISMATCH' });
      assert.deepEqual(parts(), []);
      assert.deepEqual(await content.list(), []);
    }),
  );

  it(
    'continues a part that was left, hashing again what is there',
    withStore(async ({ content, coming, parts }) => {
      const first = await coming(bytes);
      await first.write(bytes.subarray(0, 9));
      await first.close();
      assert.equal(parts().length, 1);
      const second = await coming(bytes);
      assert.equal(second.offset, 9);
      await second.write(bytes.subarray(9));
      await second.commit();
      assert.deepEqual(await content.read(digest, 100), bytes);
      assert.deepEqual(parts(), []);
    }),
  );

  it(
    'begins anew when more is there than was promised, and after a part with wrong bytes',
    withStore(async ({ content, lease, coming }) => {
      const other = await content.ingest({ key: digest, lease });
      await other.write(Buffer.alloc(40));
      await other.close();
      assert.equal((await coming(bytes).then(async (ingest) => (await ingest.close(), ingest))).offset, 0);
      const wrong = await content.ingest({ key: digest, lease });
      await wrong.write(Buffer.alloc(5));
      await wrong.close();
      const continued = await coming(bytes);
      assert.equal(continued.offset, 5);
      await continued.write(bytes.subarray(5));
      await assert.rejects(continued.commit(), { code: 'DIGEST_MISMATCH' });
      const again = await coming(bytes);
      assert.equal(again.offset, 0);
      await again.write(bytes);
      await again.commit();
    }),
  );

  it(
    'lets a second writer of the same blob wait: for a whole blob, or for a part to continue',
    withStore(async ({ content, lease, coming }) => {
      const request = { key: digest, digest, size: bytes.length, lease };
      const first = await coming(bytes);
      let over = false;
      const waiting = content.ingest(request).finally(() => (over = true));
      await first.write(bytes.subarray(0, 4));
      assert.equal(over, false);
      await first.close();
      const second = await waiting;
      assert.equal(second?.offset, 4);
      const third = content.ingest(request);
      await second.write(bytes.subarray(4));
      await second.commit();
      assert.equal(await third, undefined);
    }),
  );

  it(
    'can be told to wait no longer',
    withStore(async ({ content, lease, coming }) => {
      const first = await coming(bytes);
      const stop = new AbortController();
      const waiting = content.ingest({ key: digest, digest, lease, signal: stop.signal });
      stop.abort();
      await assert.rejects(waiting, { name: 'AbortError' });
      await first.abort();
    }),
  );

  it(
    'takes the same blob from twenty at once, under twenty keys, and has it once',
    withStore(async ({ content, lease, parts }) => {
      const bring = async (key: string): Promise<void> => {
        const ingest = await content.ingest({ key, lease });
        for (const byte of bytes) await ingest.write(Buffer.from([byte]));
        await ingest.commit({ digest });
      };
      await Promise.all(Array.from({ length: 20 }, (_, i) => bring(`key ${i}`)));
      assert.deepEqual(await content.read(digest, 100), bytes);
      assert.equal((await content.list()).length, 1);
      assert.deepEqual(parts(), []);
    }),
  );

  it(
    'says what is missing, what is too large and what has changed',
    withStore(async ({ content, lease }) => {
      await assert.rejects(content.read(digest, 100), { code: 'CONTENT_MISSING' });
      await assert.rejects(content.stream(digest), { code: 'CONTENT_MISSING' });
      await assert.rejects(lease.hold(digest), { code: 'CONTENT_MISSING' });
      await content.put(bytes, lease);
      await assert.rejects(content.read(digest, 16), { code: 'CONTENT_TOO_LARGE' });
      const path = await content.path(digest);
      chmodSync(path, 0o644);
      writeFileSync(path, 'what is in a BLOB');
      await assert.rejects(content.read(digest, 100), { code: 'CONTENT_BROKEN' });
      const broken = [];
      for await (const found of content.verify()) broken.push(found);
      assert.deepEqual(broken, [{ digest, found: digestOf('what is in a BLOB'), size: bytes.length }]);
      await content.delete(digest);
      assert.equal(await content.stat(digest), undefined);
    }),
  );

  it(
    'shows foreign tools the images that it is told to show',
    withStore(async ({ content, lease, folder }) => {
      const manifest = await content.put(bytes, lease, 'application/vnd.oci.image.manifest.v1+json');
      await content.view([manifest]);
      const read = (name: string): unknown => JSON.parse(readFileSync(join(folder, name), 'utf8'));
      assert.deepEqual(read('oci-layout'), { imageLayoutVersion: '1.0.0' });
      assert.deepEqual((read('index.json') as { manifests: unknown }).manifests, [manifest]);
    }),
  );
});
