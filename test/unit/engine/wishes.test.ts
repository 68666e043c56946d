import assert from 'node:assert/strict';
import { parse } from 'valibot';
import { hostConfig } from '../../../src/api/schemas/host-config.ts';
import { linux316, withFeatures, type Features } from '../../../src/linux/features.ts';
import { linesOf } from '../../../src/engine/volumes/lines.ts';
import { parseMode } from '../../../src/engine/volumes/modes.ts';
import { wishesOf, type Wish } from '../../../src/engine/volumes/wishes.ts';
import type { HostConfig, MountPoint, MountRequest } from '../../../src/engine/types.ts';

const one = (asked: HostConfig): Wish => wishesOf(asked)[0]!;

describe('what was asked for with -v', () => {
  it('is a folder of the host where the first word is a path, else a volume by its name', () => {
    assert.equal(one({ Binds: ['/srv/../srv/:/data/'] }).source, '/srv');
    assert.deepEqual(
      [one({ Binds: ['/srv:/data'] }).type, one({ Binds: ['srv:/data'] }).type, one({ Binds: ['/data'] }).type],
      ['bind', 'volume', 'volume'],
    );
    assert.equal(one({ Binds: ['/data'] }).source, '', 'of one word alone the volume has no name');
    assert.equal(one({ Binds: ['/srv:/data/'] }).destination, '/data');
  });

  it('may be read-only, of a propagation, and without the image’s files', () => {
    assert.deepEqual(parseMode('ro,rslave'), { isWritable: false, propagation: 'rslave', noCopy: false });
    assert.equal(one({ Binds: ['cache:/c:nocopy'] }).noCopy, true);
    assert.equal(one({ Binds: ['cache:/c'] }).mode, 'z');
    assert.equal(one({ Binds: ['/c:/c'] }).mode, '');
  });

  // The sentences are those of dockerd 20.10.24, heard from it.
  const refused: [text: string, sentence: string][] = [
    ['/tmp:/x:foo', 'invalid mode: foo'],
    ['/tmp:/x:ro,rw', 'invalid mode: ro,rw'],
    ['/tmp:/x:rshared,slave', 'invalid mode: rshared,slave'],
    [
      '/tmp:x',
      `invalid volume specification: '/tmp:x': invalid mount config for type "bind": invalid mount path: 'x' mount path must be absolute`,
    ],
    [':/x', "invalid volume specification: ':/x'"],
    ['a:b:c:d', "invalid volume specification: 'a:b:c:d'"],
    [
      '/tmp:/',
      `invalid volume specification: '/tmp:/': invalid mount config for type "bind": invalid specification: destination can't be '/'`,
    ],
    [
      '/tmp:/x:nocopy',
      `invalid volume specification: '/tmp:/x:nocopy': invalid mount config for type "bind": field VolumeOptions must not be specified`,
    ],
    [
      'a:/x:shared',
      `invalid volume specification: 'a:/x:shared': invalid mount config for type "volume": field BindOptions must not be specified`,
    ],
  ];
  for (const [text, message] of refused)
    it(`'${text}' is refused in Docker’s words`, () =>
      assert.throws(() => wishesOf({ Binds: [text] }), { code: 'API_INVALID', message }));
});

describe('what was asked for with --mount', () => {
  const refused: [request: Partial<Omit<MountRequest, 'Type'>> & { Type: string }, complaint: string][] = [
    [{ Type: 'foo', Target: '/x' }, 'mount type unknown'],
    [{ Type: 'bind', Target: '/x' }, 'field Source must not be empty'],
    [{ Type: 'bind', Target: '', Source: '/tmp' }, 'field Target must not be empty'],
    [{ Type: 'bind', Target: '/', Source: '/tmp' }, "invalid specification: destination can't be '/'"],
    [{ Type: 'bind', Target: 'x', Source: '/tmp' }, "invalid mount path: 'x' mount path must be absolute"],
    [{ Type: 'bind', Target: '/x', Source: 'tmp' }, "invalid mount path: 'tmp' mount path must be absolute"],
    [{ Type: 'bind', Target: '/x', Source: '/no/such' }, 'bind source path does not exist: /no/such'],
    [
      { Type: 'bind', Target: '/x', Source: '/tmp', BindOptions: { Propagation: 'foo' } },
      'invalid propagation mode: foo',
    ],
    [{ Type: 'bind', Target: '/x', Source: '/tmp', VolumeOptions: {} }, 'field VolumeOptions must not be specified'],
    [{ Type: 'volume', Target: '/x', Source: 'v1', BindOptions: {} }, 'field BindOptions must not be specified'],
    [{ Type: 'tmpfs', Target: '/x', Source: '/tmp' }, 'field Source must not be specified'],
  ];
  for (const [request, complaint] of refused)
    it(`${JSON.stringify(request)} is refused in Docker’s words`, () =>
      assert.throws(() => wishesOf({ Mounts: [request as MountRequest] }), {
        code: 'API_INVALID',
        message: `invalid mount config for type "${request.Type}": ${complaint}`,
      }));

  it('is a whole volume: a part of one, which newer clients ask for, is refused by us, not left out', () => {
    const VolumeOptions = { Subpath: 'a/b' };
    const asked = parse(hostConfig, { Mounts: [{ Type: 'volume', Source: 'v1', Target: '/x', VolumeOptions }] });
    assert.throws(() => wishesOf(asked), { code: 'API_INVALID', message: /VolumeOptions\.Subpath needs API 1\.45/ });
  });

  it('has a place that nothing else has', () => {
    const twice = { code: 'API_INVALID', message: 'Duplicate mount point: /x' };
    assert.throws(() => wishesOf({ Binds: ['/tmp:/x', '/var:/x/'] }), twice);
    assert.throws(() => wishesOf({ Binds: ['/tmp:/x'], Mounts: [{ Type: 'tmpfs', Target: '/x' }] }), twice);
    assert.throws(() => wishesOf({ Binds: ['/tmp:/x'], Tmpfs: { '/x': '' } }), twice);
  });
});

describe('the lines of a container’s mounts', () => {
  const point = (facts: Partial<MountPoint>): MountPoint => ({
    ...{ Type: 'bind', Source: '/srv', Destination: '/data', Mode: '', RW: true, Propagation: 'rprivate' },
    ...facts,
  });

  it('have those nearer to the root first, whatever was asked for first', () => {
    const lines = linesOf([point({ Destination: '/a/b/c' }), point({ Destination: '/a' })], { Tmpfs: { '/a/b': '' } });
    assert.deepEqual(
      lines.map(({ destination }) => destination),
      ['/a', '/a/b', '/a/b/c'],
    );
  });

  it('show a folder with all that is mounted in it, unless that is not wanted', () => {
    const Mounts: MountRequest[] = [
      { Type: 'bind', Source: '/srv', Target: '/data', BindOptions: { NonRecursive: true } },
    ];
    assert.deepEqual(linesOf([point({})], {})[0]!.options, ['rbind', 'rw', 'rprivate']);
    assert.deepEqual(linesOf([point({})], { Mounts })[0]!.options, ['bind', 'rw', 'rprivate']);
  });

  it('are read-only with all that is mounted in them, where the kernel can do that and nobody wants it otherwise', async () => {
    const optionsOf = (
      kernel: Features,
      BindOptions: MountRequest['BindOptions'] = {},
    ): Promise<string[] | undefined> =>
      withFeatures(kernel, () => {
        const Mounts: MountRequest[] = [{ Type: 'bind', Source: '/srv', Target: '/data', ReadOnly: true, BindOptions }];
        return linesOf([point({ RW: false })], { Mounts })[0]!.options;
      });
    const today = { ...linux316, mountSetattr: true };
    assert.deepEqual(await optionsOf(today), ['rbind', 'rro', 'rprivate']);
    assert.deepEqual(await optionsOf(today, { ReadOnlyNonRecursive: true }), ['rbind', 'ro', 'rprivate']);
    assert.deepEqual(await optionsOf(linux316), ['rbind', 'ro', 'rprivate']);
  });

  it('give a tmpfs no rights that nobody asked for', () => {
    const Mounts: MountRequest[] = [
      { Type: 'tmpfs', Target: '/t', ReadOnly: true, TmpfsOptions: { SizeBytes: 4096, Mode: 0o1750 } },
    ];
    const [mounted, asked] = linesOf([point({ Type: 'tmpfs', Destination: '/t' })], {
      Mounts,
      Tmpfs: { '/u': 'size=1m,exec' },
    });
    const careful = ['nosuid', 'nodev', 'noexec'];
    assert.deepEqual(mounted!.options, [...careful, 'ro', 'mode=1750', 'size=4096']);
    assert.deepEqual(asked!.options, [...careful, 'size=1m', 'exec']);
  });
});
