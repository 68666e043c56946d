import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { gzipSync } from 'node:zlib';
import { compressionOf, decompressed, gzipped } from '../../../src/layers/index.ts';
import { collected, inPieces, itWith } from './archives.ts';

const text = Buffer.from(Array.from({ length: 60_000 }, (_, i) => `line ${i} ${(i * 7919) % 1009}\n`).join(''));

const zstd = (data: Buffer, ...options: string[]): Buffer =>
  execFileSync('zstd', ['-q', '-c', ...options], { input: data, maxBuffer: 2 ** 28 });

const plain = (data: Buffer, piece = 10_000): Promise<Buffer> => collected(decompressed(inPieces(data, piece)));

describe('decompression', () => {
  const forms: Record<string, () => Buffer> = {
    'no compression': () => text,
    gzip: () => gzipSync(text),
    'gzip in several members': () => Buffer.concat([gzipSync(text.subarray(0, 999)), gzipSync(text.subarray(999))]),
    zstd: () => zstd(text),
    'zstd with a checksum, and a window of its own': () => zstd(text, '-9', '--check', '--zstd=wlog=18'),
    'zstd in several frames': () => Buffer.concat([zstd(text.subarray(0, 999)), zstd(text.subarray(999))]),
    'zstd with a frame to be skipped': () =>
      Buffer.concat([zstd(text), Buffer.from('502a4d1804000000deadbeef', 'hex')]),
  };
  for (const [form, data] of Object.entries(forms))
    itWith(form.startsWith('zstd') ? 'zstd' : 'true', `gives back what went in: ${form}`, async () => {
      const whole = data();
      for (const piece of [1009, 1_000_000]) assert((await plain(whole, piece)).equals(text));
      // Also where the first bytes come one by one.
      const torn = (async function* () {
        yield* inPieces(whole.subarray(0, 20), 1);
        yield whole.subarray(20);
      })();
      assert((await collected(decompressed(torn))).equals(text));
    });

  it('takes what is shorter than any magic number', async () => {
    for (const data of ['', 'x', '\x1f'])
      assert.equal((await plain(Buffer.from(data, 'latin1'))).toString('latin1'), data);
  });

  itWith('zstd', 'refuses what is cut off or changed', async () => {
    const invalid = { code: 'ARCHIVE_INVALID' };
    for (const data of [gzipSync(text), zstd(text, '--check')]) {
      await assert.rejects(plain(data.subarray(0, data.length >> 1)), invalid);
      await assert.rejects(plain(data.subarray(0, data.length - 6)), invalid);
    }
    const changed = gzipSync(text);
    changed[5000]! ^= 0xff;
    await assert.rejects(plain(changed), invalid);
  });

  it('names a compression that it does not know', () => {
    assert.throws(() => compressionOf(Buffer.from('fd377a585a00', 'hex')), {
      code: 'ARCHIVE_INVALID',
      message: /compressed with xz/,
    });
    assert.throws(() => compressionOf(Buffer.from('425a6839', 'hex')), { message: /bzip2/ });
  });

  itWith('zstd', 'refuses a window that would fill the memory, before it is set aside', async () => {
    const [small, large] = [zstd(text, '--long=26'), zstd(text, '--long=27')];
    // Content sizes make single segments; a stream has a window.
    const descriptor = (data: Buffer, window: number): Buffer =>
      Buffer.concat([data.subarray(0, 4), Buffer.from([0, window]), data.subarray(6)]);
    await assert.rejects(plain(descriptor(small, 17 << 3)), { code: 'ARCHIVE_TOO_LARGE' });
    await assert.rejects(plain(descriptor(large, 31 << 3)), { code: 'ARCHIVE_TOO_LARGE' });
    const single = Buffer.concat([
      Buffer.from('28b52ffde0', 'hex'),
      Buffer.from('0000000001000000', 'hex'),
      Buffer.alloc(20),
    ]);
    await assert.rejects(plain(single), { code: 'ARCHIVE_TOO_LARGE' });
  });

  it('passes on what its source throws', async () => {
    const failing = (async function* () {
      yield gzipSync(text).subarray(0, 100);
      throw await Promise.resolve(new Error('the line is cut'));
    })();
    await assert.rejects(collected(decompressed(failing)), { message: 'the line is cut' });
  });
});

describe('compression', () => {
  it('gives the same bytes each time, without a time or a name in them', async () => {
    const [one, two] = [
      await collected(gzipped(inPieces(text, 10_000))),
      await collected(gzipped(inPieces(text, 777))),
    ];
    assert.deepEqual(await plain(one), text);
    assert.equal(one.toString('hex', 0, 9), '1f8b08000000000000');
    assert((await plain(two)).equals(text));
  });
});
