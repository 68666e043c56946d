import assert from 'node:assert/strict';
import { parseConfig } from '../../../src/images/config.ts';
import { commandOf, directoryOf, environmentOf, imageSpec } from '../../../src/images/spec.ts';
import { features } from '../../../src/linux/features.ts';

const image = { Entrypoint: ['/init'], Cmd: ['serve', '-v'] };

describe('the command of a container', () => {
  const cases: [title: string, asked: Parameters<typeof commandOf>[1], command: string[]][] = [
    ['is entrypoint and Cmd of the image', {}, ['/init', 'serve', '-v']],
    ['has the person’s words in place of Cmd', { args: ['sh'] }, ['/init', 'sh']],
    ['has another entrypoint without the image’s Cmd', { entrypoint: 'sh' }, ['sh']],
    ['has another entrypoint and words for it', { entrypoint: 'sh', args: ['-c', 'x'] }, ['sh', '-c', 'x']],
    ['has no entrypoint when that is taken away', { entrypoint: '', args: ['ls'] }, ['ls']],
  ];
  for (const [title, asked, command] of cases) it(title, () => assert.deepEqual(commandOf(image, asked), command));

  it('is asked for where there is none, in Docker’s words', () => {
    for (const asked of [{}, { entrypoint: '' }])
      assert.throws(() => commandOf(asked.entrypoint === '' ? image : {}, asked), { message: 'No command specified' });
  });
});

describe('the environment of a container', () => {
  it('has each name once: ours, over them the image’s, over them the person’s', () => {
    const own = ['PATH=/usr/bin', 'HOME=/root', 'HOSTNAME=h'];
    const merged = environmentOf(own, { Env: ['PATH=/bin', 'A=1', 'B=2'] }, { env: ['A=3', 'B', 'C=='] });
    assert.deepEqual(merged, ['PATH=/bin', 'HOME=/root', 'HOSTNAME=h', 'A=3', 'C==']);
  });
});

describe('the config of an image', () => {
  it('names a directory as an absolute path inside', () => {
    assert.equal(directoryOf({ WorkingDir: 'srv/../etc' }, {}), '/etc');
    assert.equal(directoryOf({ WorkingDir: '/srv' }, { workdir: '/tmp' }), '/tmp');
  });

  it('decides what happens inside, and nothing outside', () => {
    const config = {
      Labels: { 'org.drydock.link': 'eth0', 'io.drydock.hook': '/bin/sh' },
      StopSignal: 'SIGINT',
      Cmd: ['x'],
      hooks: { prestart: [{ path: '/bin/sh' }] },
      linux: { cgroupsPath: '/' },
    };
    const account = { uid: 7, gid: 8, additionalGids: [9], home: '/home/x' };
    const asked = { hostname: 'h', terminal: true };
    const spec = imageSpec(config, asked, { rootfs: '/r', binds: { '/etc/hosts': '/h' }, account }, features());
    assert.deepEqual(spec.annotations, { 'org.opencontainers.image.stopSignal': 'SIGINT' });
    assert.equal(spec.hooks, undefined);
    assert.equal(spec.linux?.cgroupsPath, undefined);
    assert.deepEqual(spec.process.user, { uid: 7, gid: 8, additionalGids: [9] });
    assert(spec.process.env?.includes('HOME=/home/x') && spec.process.env.includes('TERM=xterm'));
    assert.deepEqual(spec.mounts?.at(-1), {
      destination: '/etc/hosts',
      type: 'bind',
      source: '/h',
      options: ['rbind', 'rw', 'rprivate'],
    });
  });

  it('keeps what we do not know, and refuses what is no config', () => {
    const text = {
      architecture: 'amd64',
      os: 'linux',
      rootfs: { type: 'layers', diff_ids: null },
      x: { y: 1 },
      config: null,
    };
    const parsed = parseConfig(Buffer.from(JSON.stringify(text)), 'it');
    assert.deepEqual(parsed.x, { y: 1 });
    assert.deepEqual(parsed.rootfs.diff_ids, []);
    const broken: [object, RegExp][] = [
      [
        { ...text, rootfs: { diff_ids: ['sha256:../../etc'] } },
        /rootfs\.diff_ids\.0: expected sha256: and 64 hex digits/,
      ],
      [{ ...text, config: { Env: ['A=\0'] } }, /config\.Env\.0: expected a string without NUL bytes/],
      [{ ...text, os: undefined }, /os: expected something/],
    ];
    for (const [value, message] of broken)
      assert.throws(() => parseConfig(Buffer.from(JSON.stringify(value)), 'it'), { code: 'MANIFEST_INVALID', message });
  });
});
