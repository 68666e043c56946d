/**
 * Images between Drydock and those who made the formats: skopeo, umoci, Debian's docker-registry and a real dockerd. What
 * goes round comes back as it was: the same ids, the same digests, and the same files to the last attribute.
 */
import assert from 'node:assert/strict';
import { createReadStream, createWriteStream, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { commitContainer } from '../../src/images/commit.ts';
import { findImage } from '../../src/images/find.ts';
import type { Progress, Store } from '../../src/images/images.ts';
import { makeLayers, removeLayers } from '../../src/images/init-layer.ts';
import { listImages } from '../../src/images/list.ts';
import { loadImages } from '../../src/images/load.ts';
import { pull } from '../../src/images/pull.ts';
import { push } from '../../src/images/push.ts';
import { removeImage } from '../../src/images/remove.ts';
import { saveImages } from '../../src/images/save.ts';
import { openStore } from '../../src/images/store.ts';
import { startRegistry, type LocalRegistry } from '../../src/learn/registry/local.ts';
import { parseReference } from '../../src/registry/reference.ts';
import { withMounted } from '../../src/snapshots/mount.ts';
import { facts } from '../kernel/snapshots/trees.ts';
import { factsOf, layoutOf, treeOfEveryKind, withoutHoles } from './images-support.ts';
import { bare } from './registry-support.ts';
import { docker, dockerHere, factsInDocker, startDockerd } from './dockerd.ts';
import { folder, freshFolder, isInstalled, said, skipAll, type Daemon } from './support.ts';

const missing = ['skopeo', 'docker-registry'].filter((name) => !isInstalled(name));

describe('images, with real peers', function () {
  this.timeout(180_000);
  const stores: Store[] = [];
  let registry: LocalRegistry;
  let tree = '';
  let name = '';

  const newStore = async (driver?: string): Promise<Store> => {
    const store = await openStore(freshFolder(`store-${stores.length}`), { driver });
    stores.push(store);
    return store;
  };
  const pulled = async (store: Store, text = name): Promise<string> =>
    (await pull(store, parseReference(text), { registry: bare })).id;
  const skopeo = (...words: string[]): Promise<string> => said(['skopeo', ...words], { seconds: 120 });
  const saved = async (store: Store, file: string, ...names: string[]): Promise<string> => {
    await pipeline(Readable.from(await saveImages(store, names)), createWriteStream(join(folder, file)));
    return join(folder, file);
  };

  before('a registry with an image that skopeo has pushed', async function () {
    if (missing.length > 0) skipAll(this, `no ${missing.join(', no ')} here`);
    registry = await startRegistry();
    tree = treeOfEveryKind(freshFolder('peers-tree'));
    const layout = layoutOf(freshFolder('layout'), [tree], { Cmd: ['sh'], Env: ['PATH=/bin'] });
    name = `${registry.host}/team/kinds:1`;
    await skopeo('copy', '--dest-tls-verify=false', `oci:${layout}`, `docker://${name}`);
  });
  after(async () => {
    for (const store of stores) await store.snapshots.close();
    await registry?.stop();
  });

  for (const driver of ['overlay', 'vfs'])
    it(`gives every file as it was, by ${driver}`, async () => {
      const store = await newStore(driver);
      await pulled(store);
      assert.deepEqual(await factsOf(store, name), facts(tree));
    });

  it('says what Docker says, and the second time that nothing is to do', async () => {
    const store = await newStore();
    const told: Progress[] = [];
    const onProgress = (message: Progress): void => void told.push(message);
    const { digest } = await pull(store, parseReference(name), { registry: bare, onProgress });
    const layer = (await findImage(store, name)).layers[0]!.blob.digest.slice(7, 19);
    const states = told
      .filter(({ progressDetail }) => !progressDetail)
      .map(({ id, status }) => [id, status].join(' ').trim());
    assert.deepEqual(states, [
      '1 Pulling from team/kinds',
      `${layer} Pulling fs layer`,
      `${layer} Verifying Checksum`,
      `${layer} Download complete`,
      `${layer} Pull complete`,
      `Digest: ${digest}`,
      `Status: Downloaded newer image for ${name}`,
    ]);
    told.length = 0;
    await pull(store, parseReference(name), { registry: bare, onProgress });
    assert.equal(told.at(-1)?.status, `Status: Image is up to date for ${name}`);
    assert.equal(told.length, 3);
  });

  it('commits what a container has changed, and pushes it for skopeo to fetch', async () => {
    const store = await newStore();
    await pulled(store);
    const committed = await changedAndCommitted(store, name, `${registry.host}/team/changed:1`);
    const here = await factsOf(store, `${registry.host}/team/changed:1`);
    assert(
      !here.has('kinds/dir/plain') && !here.has('kinds/sticky/x') && !here.has('.dockerenv'),
      'whiteouts, init layer',
    );
    assert(here.has('kinds/new/file') && here.get('kinds/null') === facts(tree).get('kinds/null'));
    const digest = await push(store, parseReference(`${registry.host}/team/changed:1`), { registry: bare });
    const raw = await skopeo('inspect', '--raw', '--tls-verify=false', `docker://${registry.host}/team/changed:1`);
    const manifest = JSON.parse(raw) as { config: { digest: string }; layers: { mediaType: string }[] };
    assert.equal(manifest.config.digest, committed);
    assert.deepEqual(
      [...new Set(manifest.layers.map(({ mediaType }) => mediaType))],
      ['application/vnd.oci.image.layer.v1.tar+gzip'],
    );
    const other = await newStore();
    assert.equal(await pulled(other, `${registry.host}/team/changed:1`), committed);
    assert.deepEqual(await factsOf(other, `${registry.host}/team/changed@${digest}`), here);
  });

  it('pushes what it has pulled byte for byte, and does not send a layer that the registry has', async () => {
    const store = await newStore();
    const { digest } = await pull(store, parseReference(name), { registry: bare });
    await store.db.change((data) => void (data.tags[`${registry.host}/other/name:2`] = data.tags[name]!));
    const told: Progress[] = [];
    const pushed = await push(store, parseReference(`${registry.host}/other/name:2`), {
      registry: bare,
      onProgress: (message) => void told.push(message),
    });
    assert.equal(pushed, digest);
    assert(told.some(({ status }) => status === 'Mounted from team/kinds'));
  });

  it('shows its images to skopeo and umoci as an OCI layout', async function () {
    const store = await newStore();
    const id = await pulled(store);
    const image = `oci:${store.content.folder}:${name}`;
    assert.deepEqual(JSON.parse(await skopeo('inspect', '--config', image)).rootfs.diff_ids, [
      (await findImage(store, id)).layers[0]!.diffId,
    ]);
    await skopeo('copy', image, `oci:${join(folder, 'copied')}:x`);
    if (!isInstalled('umoci')) return;
    assert.equal(await said(['umoci', 'list', '--layout', store.content.folder]), name);
  });

  it('is read by podman, as a layout and as an archive, with every file as it was', async function () {
    if (!isInstalled('podman')) this.skip();
    const store = await newStore();
    const id = await pulled(store);
    const places = ['root', 'runroot', 'tmpdir'].flatMap((place) => [`--${place}`, freshFolder(`podman-${place}`)]);
    const podman = (...words: string[]): Promise<string> =>
      said(['podman', ...places, '--storage-driver', 'vfs', '--events-backend', 'none', ...words], { cwd: store.root });
    const archive = await saved(store, 'for-podman.tar', name);
    for (const [how, words] of [
      // It makes a name of the path, which may have no capital letters then.
      ['layout', ['pull', '-q', `oci:content:${name}`]],
      ['archive', ['load', '-q', '-i', archive]],
    ] as const) {
      assert.match(await podman(...words), new RegExp(how === 'layout' ? id.slice(7) : name));
      assert.equal(await podman('images', '-q', '--no-trunc'), id, how);
      const found = facts(await podman('image', 'mount', id));
      assert.deepEqual(withoutHoles(found), withoutHoles(await factsOf(store, name)), how);
      await podman('image', 'umount', id);
      await podman('rmi', '-f', id);
    }
  });

  it('writes archives that skopeo reads, and reads those that it writes', async () => {
    const [store, other] = [await newStore(), await newStore()];
    const id = await pulled(store);
    const archive = await saved(store, 'saved.tar', name);
    for (const format of ['oci-archive', 'docker-archive']) {
      const config = await skopeo('inspect', '--config', '--raw', `${format}:${archive}`);
      assert.equal(`sha256:${await sha256(config)}`, id, format);
      await skopeo('copy', `${format}:${archive}`, `${format}:${join(folder, `${format}.tar`)}:loaded:${format}`);
      const loaded = await loadImages(other, createReadStream(join(folder, `${format}.tar`)));
      assert.deepEqual(loaded, [id], format);
      assert.deepEqual(await factsOf(other, `loaded:${format}`), facts(tree), format);
    }
  });

  it('leaves nothing of an image that is removed, and nothing of one that is still in use', async () => {
    const store = await newStore();
    const id = await pulled(store);
    await makeLayers(store, await findImage(store, id), { id: 'box', scratch: join(folder, 'scratch') });
    await assert.rejects(removeImage(store, name), { code: 'IMAGE_IN_USE', message: /container box is using its/ });
    await removeLayers(store, 'box');
    const removed = await removeImage(store, name);
    assert.deepEqual(
      removed.map((one) => Object.keys(one)[0]),
      ['Untagged', 'Untagged', 'Deleted', 'Deleted'],
    );
    assert.deepEqual(await store.content.list(), []);
    assert.deepEqual(await store.snapshots.walk(), []);
    assert.deepEqual(await listImages(store), []);
  });

  describe('a dockerd', () => {
    let server: Daemon | undefined;

    before(async function () {
      if (!isInstalled('dockerd') || !isInstalled('docker')) skipAll(this, 'no dockerd here');
      server = await startDockerd();
    });
    after(() => server?.end());

    it('pulls what was committed here, with the same id and the same files', async () => {
      const store = await newStore();
      await pulled(store);
      const image = `${registry.host}/team/docker:1`;
      const id = await changedAndCommitted(store, name, image);
      await push(store, parseReference(image), { registry: bare });
      await docker('pull', image);
      assert.equal(await docker('image', 'inspect', '-f', '{{.Id}}', image), id);
      assert.deepEqual(withoutHoles(await factsInDocker(image)), withoutHoles(await factsOf(store, image)));
    });

    it('pushes an image that is pulled here, with the same id and the same files', async () => {
      const image = `${registry.host}/team/from-docker:1`;
      await said(['sh', '-c', `tar -C ${tree} -c . | ${dockerHere} import - ${image}`]);
      await docker('push', image);
      const store = await newStore();
      assert.equal(await pulled(store, image), await docker('image', 'inspect', '-f', '{{.Id}}', image));
      assert.deepEqual(withoutHoles(await factsOf(store, image)), withoutHoles(await factsInDocker(image)));
    });

    it('makes the same of a folder that a layer goes through and does not name', async () => {
      const [below, above] = ['below', 'above'].map((layer) => freshFolder(`passed-${layer}`));
      mkdirSync(join(below!, 'named'));
      await said(['sh', '-c', `chown 7:8 ${below}/named && chmod 711 ${below}/named`]);
      mkdirSync(join(above!, 'named/unnamed'), { recursive: true });
      writeFileSync(join(above!, 'named/unnamed/file'), 'text\n');
      const layout = layoutOf(freshFolder('passed-layout'), [below!, above!], {}, ['.', 'named/unnamed/file']);
      const image = `${registry.host}/team/passed:1`;
      await skopeo('copy', '--dest-tls-verify=false', `oci:${layout}`, `docker://${image}`);
      const store = await newStore('overlay');
      await pulled(store, image);
      await docker('pull', image);
      const numbers = (all: Map<string, string>): (string | undefined)[] =>
        ['named', 'named/unnamed'].map((path) => all.get(path)?.split(' ').slice(0, 3).join(' '));
      assert.deepEqual(numbers(await factsOf(store, image)), numbers(await factsInDocker(image)));
      assert.deepEqual(numbers(await factsOf(store, image)), ['40755 0 0', '40755 0 0']);
    });

    it('loads what is saved here, and saves what is loaded here', async () => {
      const [store, other] = [await newStore(), await newStore()];
      const id = await pulled(store);
      await store.db.change((data) => void (data.tags['docker.io/library/round:1'] = data.tags[name]!));
      const archive = await saved(store, 'for-docker.tar', 'round:1');
      assert.equal(await docker('load', '-i', archive), 'Loaded image: round:1');
      assert.equal(await docker('image', 'inspect', '-f', '{{.Id}}', 'round:1'), id);
      // Not the same image: dockerd cannot write a layer with sparse files again ("could not verify layer data").
      await said(['sh', '-c', `tar -C ${tree} -c . | ${dockerHere} import - plain:1`]);
      await docker('save', '-o', join(folder, 'from-docker.tar'), 'plain:1');
      const theirs = await docker('image', 'inspect', '-f', '{{.Id}}', 'plain:1');
      assert.deepEqual(await loadImages(other, createReadStream(join(folder, 'from-docker.tar'))), [theirs]);
      assert.deepEqual(withoutHoles(await factsOf(other, 'plain:1')), withoutHoles(await factsInDocker('plain:1')));
    });
  });

  /** A container's layer with a bit of everything: new, changed, gone, replaced. */
  async function changedAndCommitted(store: Store, from: string, to: string): Promise<string> {
    const image = await findImage(store, from);
    const scratch = join(folder, `scratch-${stores.indexOf(store)}`);
    const { mounts } = await makeLayers(store, image, { id: 'box', scratch });
    await withMounted(mounts, scratch, (path) => {
      mkdirSync(join(path, 'kinds/new'), { mode: 0o750 });
      writeFileSync(join(path, 'kinds/new/file'), 'new\n');
      rmSync(join(path, 'kinds/dir/plain'));
      rmSync(join(path, 'kinds/sticky'), { recursive: true });
      mkdirSync(join(path, 'kinds/sticky'));
      rmSync(join(path, 'kinds/symlink'));
      symlinkSync('elsewhere', join(path, 'kinds/symlink'));
    });
    const id = await commitContainer(store, { snapshot: 'box', image: image.id, tags: [to], changes: ['LABEL a=b'] });
    await removeLayers(store, 'box');
    return id;
  }
});

async function sha256(text: string): Promise<string> {
  const { createHash } = await import('node:crypto');
  return createHash('sha256').update(text).digest('hex');
}
