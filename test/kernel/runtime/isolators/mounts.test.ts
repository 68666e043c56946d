/** The mounts of a container, by what its own kernel says of them. */
import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { DrydockError } from '../../../../src/errors.ts';
import { linux316, features, withFeatures } from '../../../../src/linux/features.ts';
import {
  MNT_DETACH,
  MS_BIND,
  MS_NOATIME,
  MS_NODEV,
  MS_NOSUID,
  MS_RDONLY,
  MS_REMOUNT,
} from '../../../../src/linux/constants.ts';
import { parseMountinfo, readMountinfo, type Mount } from '../../../../src/linux/mountinfo.ts';
import { native } from '../../../../src/linux/native.ts';
import { compose } from '../../../../src/runtime/compose.ts';
import { create } from '../../../../src/runtime/container.ts';
import { remove } from '../../../../src/runtime/remove.ts';
import { hostOf } from '../../../../src/runtime/existing.ts';
import { isolators } from '../../../../src/runtime/isolators/index.ts';
import { validateSpec, type Spec } from '../../../../src/runtime/spec.ts';
import {
  boxed,
  bundle,
  folder,
  fresh,
  leavesNothing,
  makeBundle,
  run,
  runBox,
  shell,
  skip,
  specOf,
  type Result,
} from '../../support.ts';
import { rounds } from '../../../sample.ts';

const ROUNDS = rounds(200);

function volume(...files: string[]): string {
  const path = join(folder, fresh('volume'));
  mkdirSync(path);
  for (const name of files) writeFileSync(join(path, name), name);
  return path;
}

const bind = (source: string, destination: string, ...options: string[]) => ({
  ...{ type: 'bind', source, destination },
  options: options.length ? options : ['rbind'],
});

/** What the kernel shows at a place inside, with these options of a bind. */
async function optionsAt(source: string, ...options: string[]): Promise<Mount[]> {
  const change = ({ mounts }: Spec): void => void mounts!.push(bind(source, '/data', ...options));
  const { text } = await shell('cat /proc/self/mountinfo', change);
  return parseMountinfo(text).filter(({ mountPoint }) => mountPoint.startsWith('/data'));
}

const has = (mount: Mount | undefined, ...wanted: string[]): void =>
  wanted.forEach((option) => assert(mount?.options.includes(option), `${option} of ${mount?.options.join()}`));
const lacks = (mount: Mount | undefined, ...unwanted: string[]): void =>
  unwanted.forEach((option) => assert(!mount!.options.includes(option), `${option} of ${mount!.options.join()}`));

describe('the mounts of a container', function () {
  leavesNothing();

  for (const [what, namespace] of Object.entries({
    'no mount namespace': [],
    'the mount namespace of somebody else': [{ type: 'mount' as const, path: '/proc/self/ns/mnt' }],
  }))
    // Composed only: a mistake here would be made on the host.
    it(`are refused with ${what}, before anything is mounted`, () => {
      const spec = specOf({ args: ['true'] }, ({ linux }) => {
        linux!.namespaces = [...linux!.namespaces!.filter(({ type }) => type !== 'mount'), ...namespace];
      });
      assert.throws(
        () => compose(isolators, { spec, mode: 'create', host: hostOf(fresh('box'), '/nowhere', bundle()) }),
        {
          code: 'SPEC_INVALID',
          message: /^linux\.namespaces: .*mount namespace/,
          hint: /"type": "mount"/,
        },
      );
    });

  it('start at the bundle, where the source of a bind is relative', async () => {
    const own = makeBundle();
    mkdirSync(join(own, 'data'));
    writeFileSync(join(own, 'data/file'), 'of the bundle');
    const spec = specOf({ args: ['cat', '/data/file'] }, ({ mounts }) => void mounts!.push(bind('data', '/data')));
    assert.equal((await runBox({ bundle: own, spec })).text, 'of the bundle');
  });

  it('are refused with both paths where a file would lie on a folder, or a folder on a file', async () => {
    const docker = 'Are you trying to mount a directory onto a file';
    const file = join(volume('file'), 'file');
    const both: readonly (readonly [mount: object, words: string])[] = [
      [bind(file, '/dev/shm'), `${JSON.stringify(file)} onto "/dev/shm": ${docker}`],
      [bind(folder, '/etc/passwd'), `${JSON.stringify(folder)} onto "/etc/passwd": ${docker}`],
      // By open_tree and move_mount, where the kernel has them.
      ...(features().mountSetattr
        ? [
            [
              bind(folder, '/etc/passwd', 'rbind', 'rro'),
              `${JSON.stringify(folder)} onto "/etc/passwd": ${docker}`,
            ] as const,
          ]
        : []),
      [{ type: 'tmpfs', source: 'tmpfs', destination: '/etc/passwd' }, `"tmpfs" onto "/etc/passwd": ${docker}`],
    ];
    for (const [mount, words] of both) {
      const spec = specOf(
        { args: ['true'] },
        ({ mounts }) => void mounts!.push(mount as NonNullable<Spec['mounts']>[number]),
      );
      const hint = 'a file can be mounted onto a file only, a folder onto a folder';
      await assert.rejects(create(boxed({ spec })), (error: DrydockError) => {
        assert.deepEqual([error.code, error.hint], ['STEP_FAILED', hint], error.message);
        assert(error.message.includes(words), error.message);
        return true;
      });
    }
  });

  it('have the flags of their source, and what the options change', async () => {
    const source = volume();
    native.mount('tmpfs', source, 'tmpfs', MS_NOSUID | MS_NODEV, null);
    try {
      has((await optionsAt(source, 'bind', 'ro'))[0], 'ro', 'nosuid', 'nodev');
      const [changed] = await optionsAt(source, 'bind', 'noexec', 'suid', 'noatime');
      has(changed, 'rw', 'noexec', 'nodev', 'noatime');
      lacks(changed, 'nosuid', 'relatime');
      native.mount(null, source, null, MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOATIME, null);
      lacks((await optionsAt(source, 'bind', 'atime'))[0], 'noatime', 'rw');
      has((await optionsAt(source, 'bind', 'rw'))[0], 'rw');
    } finally {
      native.umount2(source, MNT_DETACH);
    }
  });

  it('have what is asked for a whole tree in the whole tree', async function () {
    if (!features().mountSetattr) skip(this, 'no mount_setattr');
    const source = volume();
    mkdirSync(join(source, 'inner'));
    native.mount('tmpfs', join(source, 'inner'), 'tmpfs', 0, null);
    try {
      const [top, inner] = await optionsAt(source, 'rbind', 'rro', 'nosuid', 'rnodev', 'rnoatime', 'rw', 'rprivate');
      has(top, 'rw', 'nosuid', 'nodev', 'noatime');
      has(inner, 'ro', 'nodev', 'noatime');
      lacks(inner, 'nosuid');
    } finally {
      native.umount2(join(source, 'inner'), MNT_DETACH);
    }
  });

  it('may be a file, with flags for a whole tree', async function () {
    if (!features().mountSetattr) skip(this, 'no mount_setattr');
    const source = join(volume('file'), 'file');
    const change = ({ mounts }: Spec): void => void mounts!.push(bind(source, '/a/file', 'bind', 'rro'));
    const { text } = await shell('cat /a/file; echo more 2>&1 >> /a/file', change);
    assert.match(text, /^file.*Read-only file system/);
  });

  it('follow no link of a volume that is mounted so', async function () {
    if (!features().mountSetattr) skip(this, 'no nosymfollow');
    const source = volume('file');
    symlinkSync('file', join(source, 'link'));
    const { text } = await shell('cat /data/file; cat /data/link 2>&1', ({ mounts }) => {
      mounts!.push(bind(source, '/data', 'bind', 'nosymfollow'));
    });
    assert.match(text, /^filecat: .*symbolic link/i);
  });

  it('may be remounted by a later entry', async () => {
    const { text } = await shell('grep " /data " /proc/self/mountinfo', ({ mounts }) => {
      mounts!.push({ destination: '/data', type: 'tmpfs', source: 'tmpfs', options: ['size=64k'] });
      mounts!.push({ destination: '/data', options: ['remount', 'ro', 'size=64k', 'shared'] });
    });
    assert.match(text, / \/data ro\S* shared:\d+ .*size=64k/);
  });

  it('say in a sentence of their own that a source is missing', () =>
    assert.rejects(
      shell('true', ({ mounts }) => void mounts!.push(bind('/nowhere', '/data'))),
      { code: 'STEP_FAILED', message: /bind_at \(stat of the source\): ENOENT/, hint: 'The path does not exist.' },
    ));

  it('of a file system have the propagation that was asked for', async () => {
    const { text } = await shell('cat /proc/self/mountinfo', ({ mounts }) => {
      mounts!.push({ destination: '/data', type: 'tmpfs', source: 'tmpfs', options: ['shared', 'size=64k', 'nodev'] });
    });
    const found = parseMountinfo(text).find(({ mountPoint }) => mountPoint === '/data')!;
    assert(found.tags.shared);
    has(found, 'nodev');
  });

  /** As the CLI has it: the document is checked first. */
  const checked = (line: string, change: (spec: Spec) => void): Promise<Result> =>
    runBox({ spec: validateSpec(specOf({ args: ['sh', '-c', line] }, change), 'config.json') });

  it('lie at the same place however that is spelled', async () => {
    const { text } = await checked('test -c /dev/null && ls -d /dev/null /data', ({ mounts }) => {
      mounts!.find(({ destination }) => destination === '/dev')!.destination = '//dev/.//';
      mounts!.push(bind(volume(), '/x/..//data/'));
    });
    assert.equal(text, '/data\n/dev/null\n');
  });

  it('are kept where they are while a volume changes below them', async () => {
    const [shared, victim, source] = [volume(), volume('precious'), volume()];
    for (const name of ['a', 'b']) mkdirSync(join(shared, name));
    const attacker = fork(join(__dirname, '../../linux/swap.ts'), [join(shared, 'a'), join(shared, 'b')], {
      execArgv: ['--import', 'tsx'],
    });
    await once(attacker, 'message');
    const spec = specOf({ args: ['true'] }, ({ mounts }) => {
      mounts!.push(bind(shared, '/volume'), bind(victim, '/volume/a', 'bind', 'ro'));
      for (let i = 0; i < 10; i++) mounts!.push(bind(source, '/volume/b', 'bind', 'nosuid', 'private'));
    });
    let made = 0;
    try {
      for (let round = 0; round < ROUNDS / 5; round++) {
        const options = boxed({ spec });
        const box = await create(options);
        const found = readMountinfo(box.pid);
        await remove(run, options.id, { force: true });
        await box.wait();
        const of = (path: string): Mount[] => found.filter(({ root }) => basename(root) === basename(path));
        assert.equal(of(source).length, 10);
        for (const mount of of(victim)) has(mount, 'ro');
        for (const mount of of(source)) has(mount, 'nosuid');
        made++;
      }
    } finally {
      const ended = once(attacker, 'exit');
      attacker.kill('SIGKILL');
      await ended;
    }
    assert(made > 0);
  });

  it('are refused by name on a kernel that cannot make them so', () =>
    withFeatures(linux316, async () => {
      const own = [{ containerID: 0, hostID: 0, size: 1 }];
      const cases: [string, object][] = [
        ['idmap', { uidMappings: own, gidMappings: own }],
        ['rro', {}],
        ['nosymfollow', {}],
      ];
      for (const [word, mappings] of cases)
        await assert.rejects(
          shell('true', ({ mounts }) => void mounts!.push({ ...bind('/', '/data', 'rbind', word), ...mappings })),
          { code: 'UNSUPPORTED', message: new RegExp(`\\(/data\\).*${word}.*Linux 5.12`) },
        );
    }));
});
