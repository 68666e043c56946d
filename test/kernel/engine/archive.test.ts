import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { getArchive, putArchive, statPath, type PutWanted } from '../../../src/engine/archive.ts';
import { containerChanges } from '../../../src/engine/changes.ts';
import { exportContainer } from '../../../src/engine/export.ts';
import { startContainer } from '../../../src/engine/start.ts';
import { readTar, writeTar, type Entry, type WrittenEntry } from '../../../src/layers/index.ts';
import { features } from '../../../src/linux/features.ts';
import { readMountinfo } from '../../../src/linux/mountinfo.ts';
import { folder } from '../support.ts';
import { boxes } from './boxes.ts';

type Found = Record<string, { type: Entry['type']; text: string; uid: number; target?: string }>;

async function found(archive: AsyncIterable<Uint8Array>): Promise<Found> {
  const all: Found = {};
  for await (const { path, type, uid, target, data } of readTar(archive))
    all[path.toString()] = { type, text: (await buffer(data())).toString(), uid, target: target?.toString() };
  return all;
}

function file(path: string, text: string, more: Partial<WrittenEntry> = {}): WrittenEntry {
  const data = Buffer.from(text);
  const mtime = { seconds: 0, nanoseconds: 0 };
  return {
    type: 'file',
    path: Buffer.from(path),
    mode: 0o644,
    uid: 0,
    gid: 0,
    size: data.length,
    mtime,
    data,
    ...more,
  };
}

const directory = (path: string): WrittenEntry => file(path, '', { type: 'directory', mode: 0o755, data: undefined });

describe('cp', () => {
  const lab = boxes();
  const ways = { 'that runs': true, 'that does not run': false };

  const fill =
    'mkdir -p /d/e; echo hi >/d/f; ln -s /d/f /l; ln -s d /ld; ln -s ../nowhere /dang; chmod 4755 /d/f; chmod 1777 /d; touch /ready';

  /** A container with files in it, which runs or has ended. */
  async function box(runs: boolean, HostConfig: object = {}): Promise<string> {
    const name = await lab.run('box', `${fill}; ${runs ? 'sleep 1000' : ''}`, HostConfig);
    await (runs ? lab.ready(name) : lab.ended(name));
    return name;
  }

  const get = async (name: string, path: string): Promise<Found> =>
    found((await getArchive(lab.engine, name, path)).archive);

  const put = (name: string, path: string, entries: WrittenEntry[], wanted?: PutWanted): Promise<void> =>
    putArchive(lab.engine, name, path, Readable.from(writeTar(entries)), wanted);

  for (const [title, runs] of Object.entries(ways))
    describe(`of a container ${title}`, () => {
      it('tells what is at a path as Docker does', async () => {
        const name = await box(runs);
        const stat = async (path: string): Promise<unknown[]> => {
          const { name: base, size, mode, linkTarget } = await statPath(lab.engine, name, path);
          return [base, size, mode, linkTarget];
        };
        // The numbers are those of dockerd 20.10.24, heard from it.
        const folderFacts = [(await statPath(lab.engine, name, '/d')).size, 2148532735, ''];
        assert.deepEqual(await stat('/d'), ['d', ...folderFacts]);
        assert.deepEqual(await stat('/d/'), ['d', ...folderFacts]);
        assert.deepEqual(await stat('/d/.'), ['.', ...folderFacts]);
        assert.deepEqual(await stat('/ld/'), ['ld', ...folderFacts]);
        assert.deepEqual(await stat('/d/f'), ['f', 3, 8389101, '']);
        assert.deepEqual(await stat('ld/f'), ['f', 3, 8389101, '']);
        assert.deepEqual(await stat('/l'), ['l', 4, 134218239, '/d/f']);
        assert.deepEqual(await stat('/ld'), ['ld', 1, 134218239, '/d']);
        assert.deepEqual(await stat('/dang'), ['dang', 10, 134218239, '/nowhere']);
        assert.equal((await stat('/..'))[0], '/');
        assert.match((await statPath(lab.engine, name, '/d')).mtime, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$/);
        await assert.rejects(stat('/nosuch'), {
          code: 'NO_SUCH_FILE',
          message: 'Could not find the file /nosuch in container box',
        });
        await assert.rejects(stat('/d/f/'), {
          code: 'API_INVALID',
          message: '/d/f/: not a directory in container box',
        });
        await assert.rejects(stat(''), { code: 'API_INVALID' });
      });

      it('gives out a folder under its name, its contents without it, a link as a link', async () => {
        const name = await box(runs);
        assert.deepEqual(Object.keys(await get(name, '/d')), ['d/', 'd/e/', 'd/f']);
        assert.deepEqual(Object.keys(await get(name, '/ld/')), ['ld/', 'ld/e/', 'ld/f']);
        assert.deepEqual(Object.keys(await get(name, '/d/.')), ['./', './e/', './f']);
        assert.equal((await get(name, '/d/f')).f!.text, 'hi\n');
        assert.deepEqual((await get(name, '/l')).l, { type: 'symlink', text: '', uid: 0, target: '/d/f' });
        const { '/etc/hosts': hosts, '/etc/': etc } = await get(name, '/');
        assert(etc);
        assert.match(hosts!.text, /^127\.0\.0\.1\s+localhost/, 'the engine’s, not the image’s');
      });

      it('takes an archive in where a folder is, with the archive’s owners or the container’s user', async () => {
        const name = await box(runs);
        await put(name, '/ld', [directory('new/'), file('new/file', 'text', { uid: 1234, gid: 5 })]);
        assert.deepEqual((await get(name, '/d/new'))['new/file'], {
          type: 'file',
          text: 'text',
          uid: 1234,
          target: undefined,
        });
        await put(name, '/d', [file('owned', '', { uid: 1234 })], { copyUIDGID: true });
        assert.equal((await get(name, '/d/owned')).owned!.uid, 0);
        await assert.rejects(put(name, '/d/f', [file('x', '')]), {
          code: 'API_INVALID',
          message: 'extraction point is not a directory',
        });
        await assert.rejects(put(name, '/nosuch', [file('x', '')]), { code: 'NO_SUCH_FILE' });
        await assert.rejects(putArchive(lab.engine, name, '/d', Readable.from([Buffer.from('garbage')])), {
          code: 'ARCHIVE_INVALID',
        });
      });

      it('lets no folder take the place of a file if that is not wanted, nor the other way round', async () => {
        const name = await box(runs);
        const careful = { noOverwriteDirNonDir: true };
        await assert.rejects(put(name, '/d', [directory('f/')], careful), {
          message: 'cannot overwrite non-directory "f/" with directory',
        });
        await assert.rejects(put(name, '/d', [file('e', '')], careful), {
          message: 'cannot overwrite directory "e" with non-directory',
        });
        await put(name, '/d', [directory('./'), directory('e/'), file('f', 'other')], careful);
        assert.equal((await get(name, '/d/f')).f!.text, 'other');
        await put(name, '/d', [file('e', 'a file now')]);
        assert.equal((await get(name, '/d/e')).e!.type, 'file');
      });

      it('reaches into volumes, and not into those that are read-only', async () => {
        const name = await box(runs, { Binds: ['data:/vol', 'other:/ro:ro'] });
        await put(name, '/vol', [file('x', 'in the volume')]);
        const { Mountpoint } = lab.engine.volumes.inspect('data');
        assert.equal(readFileSync(join(Mountpoint, 'x'), 'utf8'), 'in the volume');
        assert.equal((await get(name, '/vol/x')).x!.text, 'in the volume');
        await assert.rejects(put(name, '/ro', [file('x', '')]), {
          code: 'READ_ONLY',
          message: 'mounted volume is marked read-only',
        });
      });

      it('takes nothing off that is mounted there, and says so', async () => {
        const name = await box(runs, { Binds: ['data:/vol'], Tmpfs: { '/scratch': '' } });
        const { Pid } = lab.engine.containers.find(name).record.State;
        await put(name, '/vol', [file('kept', 'in the volume')]);
        // What is mounted from inside is not in the tree that is copied to; it must not lose its place all the same.
        const own = runs ? ['proc', 'dev', 'sys', 'scratch'] : [];
        for (const path of ['vol', 'etc/hosts', 'etc', ...own])
          await assert.rejects(put(name, '/', [file(path, 'instead')]), {
            code: 'ARCHIVE_INVALID',
            message: /would take the place of what is mounted there/,
          });
        assert.equal((await get(name, '/vol/kept')).kept!.text, 'in the volume');
        assert.match((await get(name, '/etc/hosts')).hosts!.text, /^127\.0\.0\.1\s+localhost/);
        if (!runs) return;
        assert.match(readFileSync(`/proc/${Pid}/root/etc/hosts`, 'utf8'), /localhost/, 'seen from inside');
        assert.equal(readFileSync(`/proc/${Pid}/root/vol/kept`, 'utf8'), 'in the volume');
        const mounted = readFileSync(`/proc/${Pid}/mountinfo`, 'utf8');
        for (const path of own) assert.match(mounted, new RegExp(` /${path} `));
        await put(name, '/scratch', [file('below', 'below the tmpfs')]);
        assert.equal((await get(name, '/scratch/below')).below!.text, 'below the tmpfs');
      });

      it('never leaves the container, whatever links lead out of it', async () => {
        const canary = join(folder, 'canary');
        mkdirSync(canary, { recursive: true });
        writeFileSync(join(canary, 'secret'), 'of the host');
        const name = await box(runs);
        await put(name, '/', [
          file('out', '', { type: 'symlink', target: Buffer.from(canary), data: undefined }),
          file('up', '', { type: 'symlink', target: Buffer.from('../'.repeat(30) + canary), data: undefined }),
        ]);
        for (const link of ['/out', '/up']) {
          await assert.rejects(get(name, `${link}/secret`), { code: 'NO_SUCH_FILE' });
          await assert.rejects(put(name, link, [file('planted', '')]), { code: 'NO_SUCH_FILE' });
        }
        await put(name, '/d', [file('../../../../planted', ''), file(join(canary, 'planted'), '')]);
        assert(!existsSync(join(canary, 'planted')));
        assert.equal((await get(name, '/d/planted')).planted!.type, 'file');
      });
    });

  it('writes nothing into a container whose root is read-only, but into its volumes', async () => {
    for (const name of [
      await lab.make('stopped', 'true', { ReadonlyRootfs: true, Binds: ['data:/tmp'] }),
      await lab.run('running', 'sleep 1000', { ReadonlyRootfs: true, Binds: ['data:/tmp'] }),
    ]) {
      await assert.rejects(put(name, '/etc', [file('x', '')]), {
        code: 'READ_ONLY',
        message: 'container rootfs is marked read-only',
      });
      await put(name, '/tmp', [file(name, '')]);
    }
  });

  it('goes on where the image has a link to nowhere in the place of a file of the engine’s', async () => {
    const name = await lab.make('box', 'sleep 1000');
    await put(name, '/etc', [
      file('hosts', '', { type: 'symlink', target: Buffer.from('/no/where'), data: undefined }),
    ]);
    await startContainer(lab.engine, name);
    assert.match((await get(name, '/no/where')).where!.text, /localhost/);
    assert.equal((await get(name, '/etc/hosts')).hosts!.target, '/no/where');
  });

  it('keeps a container that does not run from being started until the archive has been read, and leaves no mount', async () => {
    const name = await lab.make('box', 'true');
    const seen = (): string[] =>
      readMountinfo().flatMap(({ mountPoint }) => (mountPoint.startsWith(folder) ? mountPoint : []));
    const before = seen();
    const { archive } = await getArchive(lab.engine, name, '/etc');
    const during = seen();
    let isStarted = false;
    const start = startContainer(lab.engine, name).then(() => (isStarted = true));
    await new Promise((resolve) => setImmediate(resolve));
    archive.destroy();
    assert(!isStarted);
    if (features().newMountApi) assert.deepEqual(during, before, 'nobody sees the tree');
    await start;
    await lab.ended(name);
    assert.deepEqual(seen(), before);
  });

  it('tells who asks what was copied', async () => {
    const events = lab.engine.events.subscribe({ filters: { type: ['container'] } });
    const name = await lab.make('box', 'true');
    await get(name, '/etc');
    await put(name, '/etc', []);
    const actions: string[] = [];
    for (let n = 0; n < 3; n++) actions.push((await events.next()).value!.Action);
    assert.deepEqual(actions, ['create', 'archive-path', 'extract-to-dir']);
    await events.return?.();
  });
});

describe('diff and export', () => {
  const lab = boxes();

  it('tell what a container has changed, a folder before what is in it, and nothing of the engine’s', async () => {
    const name = await lab.run('box', 'echo hi >/etc/new; rm /etc/profile; mkdir /d; touch /d/f', {
      Binds: ['data:/vol'],
    });
    await lab.ended(name);
    assert.deepEqual(await containerChanges(lab.engine, name), [
      { Path: '/d', Kind: 1 },
      { Path: '/d/f', Kind: 1 },
      { Path: '/etc', Kind: 0 },
      { Path: '/etc/new', Kind: 1 },
      { Path: '/etc/profile', Kind: 2 },
      { Path: '/vol', Kind: 1 },
    ]);
    assert.equal(await containerChanges(lab.engine, await lab.make('untouched', 'true')), null);
    await assert.rejects(containerChanges(lab.engine, 'nobody'), { message: 'No such container: nobody' });
  });

  it('give out all files, those of the image and of the engine too, and none of a volume', async () => {
    for (const runs of [true, false]) {
      const command = `echo hi >/new; echo hi >/vol/inside; touch /ready; ${runs ? 'sleep 1000' : ''}`;
      const name = await lab.run(`box-${runs}`, command, { Binds: ['data:/vol'] });
      await (runs ? lab.ready(name) : lab.ended(name));
      const files = await found(await exportContainer(lab.engine, name));
      assert.equal(files.new!.text, 'hi\n');
      assert(files['bin/busybox'] && files['.dockerenv'] && files['vol/'] && files['proc/']);
      assert(!files['vol/inside'] && !files['./']);
    }
  });
});
