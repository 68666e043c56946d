/** What skopeo pushes we read, and what we push skopeo reads. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Descriptor } from '../../src/content/descriptor.ts';
import { startRegistry, type LocalRegistry } from '../../src/learn/registry/local.ts';
import { parseReference } from '../../src/registry/reference.ts';
import type { Repository } from '../../src/registry/registry.ts';
import { openRepository } from '../../src/registry/repository.ts';
import { download } from '../../src/registry/transfer.ts';
import { bare, image, scratch, store } from './registry-support.ts';

describe('skopeo and we', function () {
  this.timeout(60_000);
  const folder = scratch();
  const opened: Repository[] = [];
  let registry: LocalRegistry;
  before(async () => {
    registry = await startRegistry();
  });
  after(async () => {
    for (const one of opened) await one.close();
    await registry?.stop();
  });
  const open = (name: string): Repository => {
    const one = openRepository(parseReference(`${registry.host}/${name}`), bare);
    opened.push(one);
    return one;
  };
  const skopeo = (...args: string[]): Buffer => execFileSync('skopeo', args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const copied = (name: string, ...more: string[]): string => {
    const to = join(folder, name);
    mkdirSync(to, { recursive: true });
    skopeo('copy', '-q', '--src-tls-verify=false', ...more, `docker://${registry.host}/${name}`, `dir:${to}`);
    return to;
  };

  it('have the same bytes after a push of ours', async () => {
    const { manifest, blobs } = image(1000, 200_000);
    const to = open('ours');
    for (const { descriptor, source } of blobs) await to.push(descriptor, source, { chunkSize: 65_536 });
    await to.put('latest', manifest);
    const raw = skopeo('inspect', '--raw', '--tls-verify=false', `docker://${registry.host}/ours`);
    assert.ok(raw.equals(manifest.bytes));
    const at = copied('ours');
    for (const { descriptor, bytes } of blobs)
      assert.ok(readFileSync(join(at, descriptor.digest.slice(7))).equals(bytes));
  });

  it('have the same bytes after a push of skopeo’s, in Docker’s kind of manifest as well', async () => {
    const { manifest, blobs } = image(5000);
    const seed = open('seed');
    for (const { descriptor, source } of blobs) await seed.push(descriptor, source);
    await seed.put('latest', manifest);
    for (const format of ['oci', 'v2s2']) {
      const at = copied('seed', '--format', format);
      skopeo('copy', '-q', '--dest-tls-verify=false', `dir:${at}`, `docker://${registry.host}/theirs:${format}`);
      const from = open(`theirs:${format}`);
      const resolved = await from.resolve();
      assert.ok(resolved.bytes.equals(readFileSync(join(at, 'manifest.json'))));
      const { config, layers } = JSON.parse(resolved.bytes.toString()) as { config: Descriptor; layers: Descriptor[] };
      const { content, lease } = await store(folder);
      await download(from, [config, ...layers], { content, lease });
      for (const { digest } of [config, ...layers])
        assert.ok((await content.read(digest, 1e6)).equals(readFileSync(join(at, digest.slice(7)))));
      for (const name of readdirSync(at).filter((name) => /^[0-9a-f]{64}$/.test(name)))
        assert.ok(await from.has({ ...config, digest: `sha256:${name}` as Descriptor['digest'] }));
    }
  });
});
