/** The client against a registry that lies, redirects and stalls. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { startFaulty, type Fault, type FaultyRegistry } from '../../src/learn/registry/faulty.ts';
import { person, startRegistry, type LocalRegistry } from '../../src/learn/registry/local.ts';
import { parseReference } from '../../src/registry/reference.ts';
import type { Repository, RegistryOptions, TransferEvent } from '../../src/registry/registry.ts';
import { openRepository } from '../../src/registry/repository.ts';
import { download } from '../../src/registry/transfer.ts';
import { options, runCase } from './registry-cases.ts';
import { blob, image, refused, scratch, store } from './registry-support.ts';

const SEEDS = 30;

describe('a registry that cannot be trusted', function () {
  this.timeout(120_000);
  const folder = scratch();
  const opened: Repository[] = [];
  let real: LocalRegistry;
  let faulty: FaultyRegistry;
  const { descriptor, bytes, source } = blob(Buffer.from(Array.from({ length: 100_000 }, (_, at) => at % 251)));

  before(async () => {
    real = await startRegistry();
    faulty = await startFaulty(real.host);
    await open(real.host).push(descriptor, source);
  });
  after(async () => {
    for (const one of opened) await one.close();
    await faulty?.stop();
    await real?.stop();
  });
  beforeEach(() => {
    faulty.plan = () => undefined;
    (faulty.heard as unknown[]).splice(0);
  });

  function open(host = faulty.host, more: RegistryOptions = {}): Repository {
    const one = openRepository(parseReference(`${host}/blobs`), { ...options, ...more });
    opened.push(one);
    return one;
  }
  /** The faults of the first answers that are more than a greeting. */
  const plan = (...faults: Fault[]): void => {
    faulty.plan = ({ path }) => (path === '/v2/' ? undefined : faults.shift());
  };
  const ranges = (): (string | undefined)[] =>
    faulty.heard.filter(({ path }) => path !== '/v2/').map(({ range }) => range);

  it('is asked for the rest after a cut, at whatever byte', async () => {
    for (const after of [0, 1, 4096, 99_999]) {
      (faulty.heard as unknown[]).splice(0);
      plan({ kind: 'cut', after });
      assert.deepEqual(await open().read(descriptor, 1e6), bytes);
      assert.deepEqual(ranges(), [undefined, after === 0 ? undefined : `bytes=${after}-`]);
    }
  });

  it('is asked for the rest when it stalls', async () => {
    plan({ kind: 'stall', after: 50_000 });
    assert.deepEqual(await open().read(descriptor, 1e6), bytes);
    assert.deepEqual(ranges(), [undefined, 'bytes=50000-']);
  });

  it('may begin anew instead of going on, and may not go on elsewhere', async () => {
    plan({ kind: 'cut', after: 70_000 }, { kind: 'range', how: 'ignored' });
    assert.deepEqual(await open().read(descriptor, 1e6), bytes);
    plan({ kind: 'cut', after: 70_000 }, { kind: 'range', how: 'other' });
    await assert.rejects(open().read(descriptor, 1e6), refused('REGISTRY', /bytes from 70000 on/, /bytes 1-/));
  });

  it('is not asked for ever when it breaks off each time', async () => {
    plan(...Array.from({ length: 9 }, (): Fault => ({ kind: 'cut', after: 3 })));
    await assert.rejects(
      open().read(descriptor, 1e6),
      refused('REGISTRY', /the line broke after \d+ of 100000 bytes/, /4 times/),
    );
  });

  it('is found out when one bit differs', async () => {
    plan({ kind: 'flip', at: 77_777 });
    await assert.rejects(open().read(descriptor, 1e6), refused('DIGEST_MISMATCH'));
  });

  it('is found out before its bytes are read when the length differs, and while they are read when it has none', async () => {
    for (const kind of ['shorter', 'longer'] as const) {
      plan({ kind, by: 1 });
      await assert.rejects(open().read(descriptor, 1e6), refused('DIGEST_MISMATCH', /100000 bytes were promised/));
    }
    plan({ kind: 'endless' });
    await assert.rejects(open().read(descriptor, 1e6), refused('DIGEST_MISMATCH', /more than the 100000 bytes/));
  });

  it('is waited for as long as it says, and not longer than a person would', async () => {
    const waited: number[] = [];
    const sleep = async (ms: number): Promise<void> => void waited.push(ms);
    plan({ kind: 'status', status: 429, retryAfter: '7' }, { kind: 'status', status: 503 });
    assert.deepEqual(await open(faulty.host, { sleep }).read(descriptor, 1e6), bytes);
    assert.equal(waited[0], 7000);
    assert.equal(waited.length, 2);
    plan({ kind: 'status', status: 429, retryAfter: '3600' });
    await assert.rejects(open().read(descriptor, 1e6), (error: Error & { hint?: string }) => {
      assert.match(`${error.message}; ${error.hint}`, /429: as it was told to; it asks to come back in 60 minutes/);
      return refused('REGISTRY')(error);
    });
  });

  it('may send us elsewhere, where we do not say who we are', async () => {
    const challenge = 'Basic realm="drydock"';
    plan({ kind: 'status', status: 401, challenge }, { kind: 'redirect', to: 'elsewhere' });
    assert.deepEqual(await open().read(descriptor, 1e6), bytes);
    const basic = `Basic ${Buffer.from(`${person.username}:${person.password}`).toString('base64')}`;
    assert.deepEqual(
      faulty.heard.filter(({ path }) => path !== '/v2/').map(({ where, authorization }) => [where, authorization]),
      [
        ['registry', undefined],
        ['registry', basic],
        ['elsewhere', undefined],
      ],
    );
  });

  it('does not get a password for a server that it only names', async () => {
    const challenge = `Bearer realm="http://registry.example/token",service="x"`;
    plan({ kind: 'status', status: 401, challenge });
    await assert.rejects(
      open().read(descriptor, 1e6),
      refused('REGISTRY', /sends us to http:\/\/registry.example, where we do not go/),
    );
  });

  it('cannot lead us in circles', async () => {
    faulty.plan = ({ path }) => (path === '/v2/' ? undefined : { kind: 'redirect', to: 'itself' });
    await assert.rejects(open().read(descriptor, 1e6), refused('REGISTRY', /redirects more than 5 times/));
  });

  it('is not believed when it says another digest than the bytes have', async () => {
    const { manifest, blobs } = image(10);
    const to = open(real.host);
    for (const { descriptor, source } of blobs) await to.push(descriptor, source);
    await to.put('latest', manifest);
    const digest = `sha256:${createHash('sha256').update('another').digest('hex')}`;
    plan({ kind: 'digest', digest });
    await assert.rejects(open().resolve(), refused('DIGEST_MISMATCH', /what came is/));
    plan({ kind: 'digest', digest });
    await assert.rejects(open().head(manifest.descriptor.digest), refused('DIGEST_MISMATCH', /leads it to/));
    plan({ kind: 'flip', at: 40 });
    await assert.rejects(open().resolve(manifest.descriptor.digest), (error: { code: string }) =>
      ['DIGEST_MISMATCH', 'MANIFEST_INVALID'].includes(error.code),
    );
  });

  it('leaves what has come for the next time, which goes on there', async () => {
    const { content, lease } = await store(folder);
    const cuts = (): Fault[] => Array.from({ length: 9 }, () => ({ kind: 'cut', after: 20_000 }));
    plan(...cuts().slice(0, 1), ...cuts().map((): Fault => ({ kind: 'status', status: 500 })));
    await assert.rejects(download(open(), [descriptor], { content, lease }), refused('REGISTRY', /500/));
    (faulty.heard as unknown[]).splice(0);
    plan();
    const events: TransferEvent[] = [];
    await download(open(), [descriptor], { content, lease }, { onTransfer: (event) => events.push(event) });
    assert.deepEqual(ranges(), ['bytes=20000-']);
    assert.deepEqual(await content.read(descriptor.digest, 1e6), bytes);
  });

  it('is left behind when what an earlier pull has kept was wrong', async () => {
    const { content, lease } = await store(folder);
    const { digest, size } = descriptor;
    const ingest = await content.ingest({ key: digest, digest, size, lease });
    await ingest!.write(Buffer.alloc(1000, 'rubbish'));
    await ingest!.close();
    const states: string[] = [];
    await download(open(), [descriptor], { content, lease }, { onTransfer: ({ state }) => states.push(state) });
    assert.ok(states.includes('retrying'));
    assert.deepEqual(await content.read(digest, 1e6), bytes);
  });

  it('is sent the rest of a blob, or all of it again, after a cut', async () => {
    for (const chunkSize of [undefined, 30_000]) {
      const one = blob(Buffer.alloc(100_000, `up ${chunkSize}`));
      let broken = 0;
      faulty.plan = ({ method }) => (/PUT|PATCH/.test(method) && broken++ < 1 ? { kind: 'cut', after: 0 } : undefined);
      assert.deepEqual(await open().push(one.descriptor, one.source, { chunkSize }), { how: 'sent' });
      assert.deepEqual(await open(real.host).read(one.descriptor, 1e6), one.bytes);
    }
  });

  it('ends the other transfers when one of them fails', async () => {
    const { content, lease } = await store(folder);
    const absent = blob(Buffer.from('absent')).descriptor;
    faulty.plan = ({ path }) => (path.includes(descriptor.digest) ? { kind: 'stall', after: 10 } : undefined);
    const patient = { ...options, timeouts: { stall: 60_000 } };
    const from = open(faulty.host, patient);
    await assert.rejects(
      download(from, [descriptor, absent], { content, lease }),
      refused('REGISTRY', /404: blob unknown/),
    );
  });

  it('may be left at any moment', async () => {
    const { content, lease } = await store(folder);
    const leaving = new AbortController();
    faulty.plan = ({ path }) => (path.includes(descriptor.digest) ? { kind: 'stall', after: 10 } : undefined);
    const pulled = download(
      open(),
      [descriptor],
      { content, lease },
      {
        signal: leaving.signal,
        onTransfer: ({ state }) => state === 'running' && leaving.abort(),
      },
    );
    await assert.rejects(pulled, { name: 'AbortError' });
  });

  for (let seed = 1; seed <= SEEDS; seed++)
    it(`ends in the content or in one clear error, case ${seed}`, async () => {
      await runCase(seed, { faulty, real: real.host, folder });
    });
});
