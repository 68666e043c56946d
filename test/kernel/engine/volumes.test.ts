import assert from 'node:assert/strict';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { Container } from '../../../src/engine/container.ts';
import type { ContainerRecord, HostConfig } from '../../../src/engine/types.ts';
import { openVolumes, type EngineVolumes } from '../../../src/engine/volumes/volumes.ts';
import { DrydockError } from '../../../src/errors.ts';
import { features } from '../../../src/linux/features.ts';
import { mountAt } from '../../../src/linux/mountinfo.ts';
import { unmountAll } from '../../../src/snapshots/mount.ts';
import { folder } from '../support.ts';

describe('volumes', () => {
  let root: string;
  let volumes: EngineVolumes;
  let containers: Container[];
  let told: string[];

  beforeEach(() => {
    root = mkdtempSync(join(folder, 'volumes-'));
    [containers, told] = [[], []];
    volumes = open();
  });
  afterEach(() => {
    for (const { Mountpoint } of volumes.list()) unmountAll(Mountpoint);
    rmSync(root, { recursive: true });
  });

  /** As a new engine finds them. */
  function open(): EngineVolumes {
    const find = (name: string): Container => {
      const found = containers.find(({ id }) => id === name);
      if (found) return found;
      throw new DrydockError('NO_SUCH_CONTAINER', `No such container: ${name}`);
    };
    const emit = (type: string, action: string, id: string): unknown => told.push(`${type} ${action} ${id}`);
    return openVolumes({ root, containers: { all: () => containers, find }, events: { emit } });
  }

  const recordOf = (Id: string, HostConfig: HostConfig = {}, places: string[] = []): ContainerRecord =>
    ({
      ...{ Id, HostConfig, Mounts: [], State: { Running: false } },
      Config: { Image: 'lab', Volumes: Object.fromEntries(places.map((place) => [place, {}])) },
    }) as unknown as ContainerRecord;

  /** A container with its volumes, as `create` makes it. */
  async function made(id: string, asked: HostConfig = {}, places: string[] = []): Promise<ContainerRecord> {
    const record = recordOf(id, asked, places);
    record.Mounts = await volumes.resolve(record);
    containers.push({ id, record } as Container);
    return record;
  }

  function imageTree(): string {
    const tree = join(root, 'image');
    mkdirSync(join(tree, 'data', 'inner'), { recursive: true });
    writeFileSync(join(tree, 'data', 'inner', 'file'), 'of the image');
    return tree;
  }

  it('are made by name, found again, and shown as Docker shows them', async () => {
    const volume = await volumes.create({ Name: 'cache', Labels: { a: 'b' } });
    const Mountpoint = join(root, 'volumes', 'cache', '_data');
    assert.deepEqual(
      { ...volume, CreatedAt: '' },
      { CreatedAt: '', Driver: 'local', Labels: { a: 'b' }, Mountpoint, Name: 'cache', Options: null, Scope: 'local' },
    );
    assert.match(volume.CreatedAt, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    assert.deepEqual(await volumes.create({ Name: 'cache' }), volume, 'whoever makes it again gets the first');
    assert.deepEqual(open().list(), [volume]);
    assert.equal(statSync(Mountpoint).mode & 0o777, 0o755);
  });

  it('have names that are no paths', async () => {
    for (const name of ['../up', 'a/b', '.hidden', 'x', 'c'.repeat(256)])
      await assert.rejects(volumes.create({ Name: name }), { code: 'API_INVALID' }, name);
    for (const name of ['..', '../volumes', '.'])
      assert.throws(() => volumes.inspect(name), { code: 'NO_SUCH_VOLUME', message: `get ${name}: no such volume` });
    assert.deepEqual(volumes.list(), []);
  });

  it('are of the driver local, with its options', async () => {
    await assert.rejects(volumes.create({ Name: 'v1', Driver: 'nfs4' }), {
      code: 'NO_SUCH_DRIVER',
      message: 'create v1: error looking up volume plugin nfs4: plugin "nfs4" not found',
    });
    await assert.rejects(volumes.create({ Name: 'v1', DriverOpts: { foo: 'x' } }), {
      message: 'create v1: invalid option: "foo"',
    });
    await assert.rejects(volumes.create({ Name: 'v1', DriverOpts: { type: 'tmpfs' } }), {
      message: 'create v1: missing required option: "device"',
    });
    assert.deepEqual(volumes.list(), []);
  });

  it('are kept as long as a container has them, and told apart by whom', async () => {
    const { Id } = await made('a1', { Binds: ['cache:/c'] });
    await assert.rejects(volumes.remove('cache'), {
      code: 'VOLUME_IN_USE',
      message: `remove cache: volume is in use - [${Id}]`,
    });
    assert.deepEqual((await volumes.prune()).VolumesDeleted, []);
    containers = [];
    await volumes.release(recordOf('a1'), false);
    await volumes.remove('cache');
    await assert.rejects(volumes.remove('cache'), { code: 'NO_SUCH_VOLUME' });
    await volumes.remove('cache', { force: true });
    assert.deepEqual(readdirSync(join(root, 'volumes')), []);
  });

  it('are not pruned away from a container that is being made', async () => {
    const record = recordOf('a1', { Binds: ['cache:/c'] });
    record.Mounts = await volumes.resolve(record);
    assert.deepEqual((await volumes.prune()).VolumesDeleted, []);
    await volumes.release(record, true);
    assert.deepEqual((await volumes.prune()).VolumesDeleted, ['cache']);
  });

  it('without a name go with their container, those with one stay', async () => {
    const record = await made('a1', { Binds: ['cache:/c', '/d'] }, ['/e', '/c']);
    assert.deepEqual(
      record.Mounts.map(({ Destination, Mode, RW }) => [Destination, Mode, RW]),
      [
        ['/c', 'z', true],
        ['/d', 'z', true],
        ['/e', '', true],
      ],
    );
    assert.match(record.Mounts[1]!.Name!, /^[0-9a-f]{64}$/);
    await volumes.release(record, true);
    assert.deepEqual(
      volumes.list().map(({ Name }) => Name),
      ['cache'],
    );
  });

  it('that a container has from another one stay with that, and are read-only if that was said', async () => {
    const first = await made('a1', { Binds: ['cache:/c', '/tmp:/t'] }, ['/own']);
    const second = await made('b2', { VolumesFrom: ['a1:ro'], Binds: ['other:/c'] });
    assert.deepEqual(
      second.Mounts.map(({ Destination, Name, RW }) => [Destination, Name, RW]),
      [
        ['/c', 'other', true],
        ['/t', undefined, false],
        ['/own', first.Mounts[2]!.Name, false],
      ],
    );
    await volumes.release(second, true);
    assert(volumes.inspect(first.Mounts[2]!.Name!), 'a1 still has it');
    await assert.rejects(made('c3', { VolumesFrom: ['nobody'] }), { message: 'No such container: nobody' });
    await assert.rejects(made('c3', { VolumesFrom: ['a1:foo'] }), { message: 'invalid mode: foo' });
  });

  it('leave nothing when a container cannot be made', async () => {
    await assert.rejects(made('a1', { Binds: ['/d', 'x!:/e'] }), { code: 'API_INVALID' });
    assert.deepEqual(volumes.list(), []);
  });

  it('that are empty get what the image has at their place, once', async () => {
    const tree = imageTree();
    const record = await made('a1', { Binds: ['cache:/data', 'bare:/data/inner:nocopy'] });
    await volumes.fill(record, tree);
    const file = join(volumes.inspect('cache').Mountpoint, 'inner', 'file');
    assert.equal(readFileSync(file, 'utf8'), 'of the image');
    assert.deepEqual(readdirSync(volumes.inspect('bare').Mountpoint), [], 'nocopy');
    writeFileSync(file, 'of the container');
    await volumes.fill(await made('b2', { Binds: ['cache:/data'] }), tree);
    assert.equal(readFileSync(file, 'utf8'), 'of the container');
  });

  it('whose filling was killed are filled by the next container', async () => {
    const tree = imageTree();
    const { Mountpoint } = await volumes.create({ Name: 'cache' });
    writeFileSync(join(Mountpoint, '..', 'filling'), '');
    writeFileSync(join(Mountpoint, 'half'), '');
    await volumes.fill(await made('a1', { Binds: ['cache:/data'] }), tree);
    assert(existsSync(join(Mountpoint, 'inner', 'file')));
    assert(!existsSync(join(Mountpoint, '..', 'filling')));
  });

  it('that were half made or half removed are gone when the next engine opens', async () => {
    await volumes.create({ Name: 'cache' });
    for (const name of ['.new-1', '.gone-2']) mkdirSync(join(root, 'volumes', name, '_data'), { recursive: true });
    assert.equal(open().list().length, 1);
    assert.deepEqual(readdirSync(join(root, 'volumes')), ['cache']);
  });

  it('with a record that is broken are shown so, and can be removed', async () => {
    const { Mountpoint } = await volumes.create({ Name: 'cache' });
    writeFileSync(join(Mountpoint, '..', 'volume.json'), '{');
    assert.match(volumes.inspect('cache').Status!.broken, /volume\.json is not JSON/);
    await assert.rejects(volumes.mount({ ...recordOf('a1'), Mounts: [mountOf('cache')] }), { code: 'STATE_BROKEN' });
    await volumes.remove('cache');
    assert.deepEqual(volumes.list(), []);
  });

  const mountOf = (Name: string): ContainerRecord['Mounts'][number] => ({
    ...{ Type: 'volume', Name, Source: '', Destination: '/c', Driver: 'local', Mode: '', RW: true, Propagation: '' },
  });

  it('with options are mounted from the first container’s start to the last one’s end', async () => {
    const { Mountpoint } = await volumes.create({
      Name: 'scratch',
      DriverOpts: { type: 'tmpfs', device: 'tmpfs', o: 'size=64k' },
    });
    const [one, two] = [await made('a1', { Binds: ['scratch:/c'] }), await made('b2', { Binds: ['scratch:/c'] })];
    await volumes.mount(one);
    await volumes.mount(two);
    assert.equal(mountAt(Mountpoint)?.type, 'tmpfs');
    assert.match(mountAt(Mountpoint)!.superOptions, /size=64k/);
    await volumes.unmount(one);
    await volumes.unmount(one);
    assert(mountAt(Mountpoint), 'b2 still has it');
    volumes = open();
    two.State.Running = true;
    await volumes.unmount(one);
    assert(mountAt(Mountpoint), 'the record of b2 says that it runs, also to the next engine');
    await volumes.unmount(two);
    assert.equal(mountAt(Mountpoint), undefined);
  });

  it('are folders of the host where -v says so, which are made, and where --mount says so, which must be there', async () => {
    const host = join(root, 'host');
    const record = await made('a1', { Binds: [`${host}:/h:ro`] });
    assert(!existsSync(host), 'not before it starts');
    assert.deepEqual(await volumes.mount(record), [
      {
        destination: '/h',
        type: 'bind',
        source: host,
        options: ['rbind', features().mountSetattr ? 'rro' : 'ro', 'rprivate'],
      },
    ]);
    assert(statSync(host).isDirectory());
    const other = await made('b2', { Mounts: [{ Type: 'bind', Source: host, Target: '/h' }] });
    rmSync(host, { recursive: true });
    await assert.rejects(volumes.mount(other), {
      message: `invalid mount config for type "bind": bind source path does not exist: ${host}`,
    });
  });

  it('do not hold what lies in our own folders', async () => {
    const [above, beside] = (await made('a1', { Binds: ['/:/host', '/usr:/u'] })).Mounts;
    assert.equal(above!.Propagation, 'rslave');
    assert.equal(beside!.Propagation, 'rprivate');
  });

  it('are listed by name, label and whether somebody uses them', async () => {
    await volumes.create({ Name: 'one', Labels: { kind: 'cache' } });
    await made('a1', { Binds: ['two:/c'] });
    const names = (filters: Record<string, string[]>): string[] => volumes.list(filters).map(({ Name }) => Name);
    assert.deepEqual(names({ dangling: ['true'] }), ['one']);
    assert.deepEqual(names({ dangling: ['false'] }), ['two']);
    assert.deepEqual(names({ label: ['kind=cache'] }), ['one']);
    assert.deepEqual(
      [names({ name: ['w'] }), names({ name: ['^w'] }), names({ name: ['^two$'] })],
      [['two'], [], ['two']],
    );
    assert.throws(() => names({ foo: ['x'] }), { code: 'API_INVALID', message: "Invalid filter 'foo'" });
    assert.throws(() => names({ dangling: ['maybe'] }), { message: "Invalid filter 'dangling=[maybe]'" });
  });

  it('tell what they hold, and prune tells what came free', async () => {
    const { Mountpoint } = await volumes.create({ Name: 'cache' });
    mkdirSync(join(Mountpoint, 'deep'));
    writeFileSync(join(Mountpoint, 'deep', 'file'), 'x'.repeat(1000));
    assert.deepEqual((await volumes.usage())[0]!.UsageData, { RefCount: 0, Size: 1000 });
    assert.deepEqual(await volumes.prune({ 'label!': ['keep'] }), { VolumesDeleted: ['cache'], SpaceReclaimed: 1000 });
    assert.deepEqual(told, ['volume create cache', 'volume destroy cache', 'volume prune ']);
  });

  it('with options and a record that is broken keep what they lead to', async () => {
    const elsewhere = join(root, 'elsewhere');
    mkdirSync(elsewhere);
    writeFileSync(join(elsewhere, 'file'), 'of somebody else');
    await volumes.create({ Name: 'data', DriverOpts: { type: 'none', device: elsewhere, o: 'bind' } });
    const record = await made('a1', { Binds: ['data:/data'] });
    await volumes.mount(record);
    writeFileSync(join(root, 'volumes', 'data', 'volume.json'), '{');
    containers.pop();
    await volumes.prune();
    assert.equal(volumes.list().length, 1);
    await volumes.remove('data');
    assert.equal(readFileSync(join(elsewhere, 'file'), 'utf8'), 'of somebody else');
    assert.equal(volumes.list().length, 0);
  });

  it('with options are not pruned: what they lead to is somewhere else', async () => {
    await volumes.create({ Name: 'data', DriverOpts: { type: 'none', device: '/srv', o: 'bind' } });
    assert.deepEqual(await volumes.prune(), { VolumesDeleted: [], SpaceReclaimed: 0 });
    await volumes.remove('data');
  });
});
