/**
 * A real distribution on its whole way: pushed by skopeo, pulled and run here, changed, committed, pushed, and pulled back
 * by skopeo and umoci, podman and a dockerd. What each of them has is compared file by file: owners, modes, attributes,
 * link counts, times, holes.
 */
import assert from 'node:assert/strict';
import {
  closeSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { commitContainer } from '../../src/images/commit.ts';
import { findImage } from '../../src/images/find.ts';
import type { Store } from '../../src/images/images.ts';
import { makeLayers, removeLayers } from '../../src/images/init-layer.ts';
import { pull } from '../../src/images/pull.ts';
import { push } from '../../src/images/push.ts';
import { openStore } from '../../src/images/store.ts';
import { startRegistry, type LocalRegistry } from '../../src/learn/registry/local.ts';
import { projectHome } from '../../src/linux/native.ts';
import { openRoot } from '../../src/linux/rooted.ts';
import { parseReference } from '../../src/registry/reference.ts';
import { withMounted } from '../../src/snapshots/mount.ts';
import { fillWithDebian } from '../debian.ts';
import { facts } from '../kernel/snapshots/trees.ts';
import { docker, factsInDocker, startDockerd } from './dockerd.ts';
import { factsOf, layoutOf, withoutHoles } from './images-support.ts';
import { bare } from './registry-support.ts';
import { eventually, folder, freshFolder, isInstalled, said, skipAll, type Daemon } from './support.ts';

const missing = ['debootstrap', 'skopeo', 'docker-registry'].filter((name) => !isInstalled(name));
/** cap_net_raw+ep. */
const CAPABILITY = Buffer.from('0100000200200000000000000000000000000000', 'hex');
const skopeo = (...words: string[]): Promise<string> => said(['skopeo', ...words], { seconds: 300 });

/** Debian, with what its minimal form lacks: a capability, an attribute, a hole, a name that is no UTF-8. */
function debian(root: string): string {
  fillWithDebian(root);
  using tree = openRoot(root);
  for (const name of ['capable', 'setuid']) copyFileSync(join(root, 'usr/bin/id'), join(root, 'usr/local/bin', name));
  copyFileSync('/bin/busybox', join(root, 'usr/local/bin/busybox'));
  tree.chmod('usr/local/bin/setuid', 0o4755);
  tree.setxattr('usr/local/bin/busybox', 'security.capability', CAPABILITY);
  tree.setxattr('etc/motd', 'user.note', Buffer.from([0, 1, 255]));
  tree.symlink('nowhere', Buffer.from([0x66, 0xff, 0x0a]));
  const fd = openSync(join(root, 'var/sparse'), 'w');
  writeSync(fd, 'after', 9 * 1024 * 1024);
  closeSync(fd);
  return root;
}

describe('a Debian', function () {
  this.timeout(600_000);
  let registry: LocalRegistry;
  let store: Store;
  let [tree, name, changed] = ['', '', ''];
  let here: Map<string, string>;

  before('skopeo pushes it, and it is pulled here', async function () {
    if (missing.length > 0) skipAll(this, `no ${missing.join(', no ')} here`);
    registry = await startRegistry();
    tree = debian(freshFolder('debian'));
    [name, changed] = [`${registry.host}/debian:12`, `${registry.host}/debian:changed`];
    const layout = layoutOf(freshFolder('debian-layout'), [tree], { Cmd: ['bash'], Env: ['PATH=/usr/bin:/bin'] });
    await skopeo('copy', '--dest-tls-verify=false', `oci:${layout}`, `docker://${name}`);
    store = await openStore(freshFolder('debian-store'));
    await pull(store, parseReference(name), { registry: bare });
  });
  after(async () => {
    await store?.snapshots.close();
    await registry?.stop();
  });

  it('is here as it was, to the last attribute', async () => {
    assert.deepEqual(await factsOf(store, name), facts(tree));
  });

  it('runs: apt lists its packages, and setuid and capabilities give what they should', async () => {
    const at = freshFolder('debian-run');
    const env = [`DRYDOCK_ROOT=${store.root}`, `DRYDOCK_RUN=${at}`];
    const drydock = (...words: string[]): Promise<string> =>
      said(['env', ...env, process.execPath, join(projectHome(), 'dist/drydock.cjs'), ...words]);
    const run = (...words: string[]): Promise<string> => drydock('run', '--rm', '--network', 'none', ...words);
    assert.match(await run(name, 'apt', 'list', '--installed'), /^base-files\/.* amd64 \[installed/m);
    assert.equal(await run('-u', 'nobody', name, '/usr/local/bin/setuid', '-u'), '0');
    const status = await run('-u', 'nobody', name, '/usr/local/bin/busybox', 'grep', 'CapEff', '/proc/self/status');
    assert.match(status, /^CapEff:\s+0000000000002000$/, 'cap_net_raw alone');
    const pid = readFileSync(join(at, 'drydock.pid'), 'utf8').trim();
    process.kill(Number(pid), 'SIGTERM');
    await eventually('the end of the engine', () => !existsSync(`/proc/${pid}`));
  });

  describe('that was changed, committed and pushed', () => {
    before('change it', async () => {
      const image = await findImage(store, name);
      const scratch = join(folder, 'debian-scratch');
      const { mounts } = await makeLayers(store, image, { id: 'box', scratch });
      await withMounted(mounts, scratch, (path) => change(path));
      await commitContainer(store, { snapshot: 'box', image: image.id, tags: [changed] });
      await removeLayers(store, 'box');
      await push(store, parseReference(changed), { registry: bare });
      here = await factsOf(store, changed);
      assert(!here.has('usr/share/doc') && here.has('home/ann/.profile'));
      assert.match(here.get('usr/local/bin/busybox')!, /security.capability=0100000200200000/);
    });

    it('is the same for another Drydock', async () => {
      assert.deepEqual(await factsElsewhere('overlay'), here);
    });

    async function factsElsewhere(driver: string): Promise<Map<string, string>> {
      const other = await openStore(freshFolder(`debian-${driver}`), { driver });
      try {
        await pull(other, parseReference(changed), { registry: bare });
        return await factsOf(other, changed);
      } finally {
        await other.snapshots.close();
      }
    }

    it('is the same for skopeo and umoci, which make one tree, as vfs does', async function () {
      if (!isInstalled('umoci')) this.skip();
      const [layout, bundle] = [freshFolder('debian-skopeo'), join(folder, 'debian-umoci')];
      await skopeo('copy', '--src-tls-verify=false', `docker://${changed}`, `oci:${layout}:x`);
      await said(['umoci', 'unpack', '--image', `${layout}:x`, bundle], { seconds: 300 });
      assert.deepEqual(withoutHoles(facts(join(bundle, 'rootfs'))), withoutHoles(await factsElsewhere('vfs')));
    });

    it('is the same for podman', async function () {
      if (!isInstalled('podman')) this.skip();
      const places = ['--root', freshFolder('dpm'), '--runroot', freshFolder('dpr'), '--tmpdir', freshFolder('dpt')];
      const podman = (...words: string[]): Promise<string> =>
        said(['podman', ...places, '--storage-driver', 'overlay', '--events-backend', 'none', ...words], {
          seconds: 300,
        });
      await podman('pull', '-q', '--tls-verify=false', changed);
      const mounted = await podman('image', 'mount', changed);
      try {
        assert.deepEqual(withoutHoles(facts(mounted)), withoutHoles(here));
      } finally {
        await podman('image', 'unmount', changed);
      }
    });

    it('is the same for a dockerd', async function () {
      if (!isInstalled('dockerd') || !isInstalled('docker')) this.skip();
      const server: Daemon = await startDockerd();
      try {
        await docker('pull', changed);
        assert.deepEqual(withoutHoles(await factsInDocker(changed)), withoutHoles(here));
      } finally {
        await server.end();
      }
    });
  });
});

/** As an administrator would: a user is made, documentation goes, a folder is made anew, a program gets a second name. */
async function change(root: string): Promise<void> {
  const inside = (...words: string[]): Promise<string> => said(['chroot', root, ...words]);
  await inside('useradd', '--create-home', 'ann');
  await inside('rm', '-r', '/usr/share/doc', '/var/cache/apt/archives');
  mkdirSync(join(root, 'var/cache/apt/archives'), { mode: 0o700 });
  writeFileSync(join(root, 'var/cache/apt/archives/note'), 'new\n');
  await inside('ln', '/usr/bin/perl', '/usr/local/bin/perl-again');
  await inside('chmod', '2755', '/usr/local/bin');
}
