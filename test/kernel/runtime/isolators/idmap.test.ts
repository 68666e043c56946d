/** An idmapped mount: the files of the host appear with other owners, in this container alone. */
import assert from 'node:assert/strict';
import { chownSync, closeSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DrydockError } from '../../../../src/errors.ts';
import { MNT_DETACH, MS_BIND } from '../../../../src/linux/constants.ts';
import { features } from '../../../../src/linux/features.ts';
import { EINVAL } from '../../../../src/linux/errno.ts';
import { native } from '../../../../src/linux/native.ts';
import { openUserNamespace } from '../../../../src/runtime/userns.ts';
import type { Mapping, Spec } from '../../../../src/runtime/spec.ts';
import { folder, fresh, leavesNothing, shell, skip, type Result } from '../../support.ts';

/** A directory of the host with one file of root and one of user 7. */
function volume(): string {
  const path = join(folder, fresh('volume'));
  mkdirSync(path);
  for (const [name, owner] of [
    ['roots', 0],
    ['sevens', 7],
  ] as const) {
    writeFileSync(join(path, name), name);
    chownSync(join(path, name), owner, owner);
  }
  return path;
}

const mounted = (source: string, options: string[], mappings?: Mapping[]) => (spec: Spec) => {
  const own = mappings ? { uidMappings: mappings, gidMappings: mappings } : {};
  spec.mounts!.push({ destination: '/data', type: 'bind', source, options, ...own });
};

const shifted: Mapping[] = [{ containerID: 0, hostID: 5000, size: 100 }];

async function mappedShell(context: Mocha.Context, line: string, change: (spec: Spec) => void): Promise<Result> {
  try {
    return await shell(line, change);
  } catch (error) {
    if (error instanceof DrydockError && error.call === 'mount_setattr' && error.errno === EINVAL)
      skip(context, 'this file system has no idmapped mounts');
    throw error;
  }
}

describe('an idmapped mount', function () {
  leavesNothing();
  before(function () {
    if (!features().mountSetattr) skip(this, 'no idmapped mounts');
  });

  it('shows the files of root as those of another user', async function () {
    const source = volume();
    const line = 'stat -c "%n %u:%g" /data/roots /data/sevens; cat /data/roots';
    const { text } = await mappedShell(this, line, mounted(source, ['bind', 'idmap'], shifted));
    assert.equal(text, '/data/roots 5000:5000\n/data/sevens 5007:5007\nroots');
    const { uid, gid } = statSync(join(source, 'roots'));
    assert.deepEqual([uid, gid], [0, 0], 'on the host nothing has changed');
  });

  it('is as the host has it without the option', async () => {
    const { text } = await shell('stat -c %u /data/roots', mounted(volume(), ['bind']));
    assert.equal(text, '0\n');
  });

  it('lets root of a user namespace own what root owns outside, by the mapping of the container', async function () {
    if (!features().userNamespace) skip(this, 'no user namespaces');
    const source = volume();
    const line = 'stat -c %u /data/roots; echo more > /data/roots && stat -c %u /data; echo new > /data/mine';
    const { text, code } = await mappedShell(this, line, (spec) => {
      spec.linux!.namespaces!.push({ type: 'user' });
      spec.linux!.uidMappings = spec.linux!.gidMappings = [{ containerID: 0, hostID: 100_000, size: 65_536 }];
      mounted(source, ['bind', 'idmap'])(spec);
    });
    assert.deepEqual([text, code], ['0\n0\n', 0]);
    assert.equal(statSync(join(source, 'mine')).uid, 0);
  });

  it('is read-only when its options say so', async function () {
    const options = ['bind', 'idmap', 'ro', 'noexec', 'nosuid', 'nodev'];
    const line = 'touch /data/new 2>&1; grep " /data " /proc/self/mountinfo';
    const { text } = await mappedShell(this, line, mounted(volume(), options, shifted));
    assert.match(text, /Read-only file system/);
    assert.match(text, / \/data ro,nosuid,nodev,noexec/);
  });

  it('is one by its mappings alone', async function () {
    const { text } = await mappedShell(this, 'stat -c %u /data/sevens', mounted(volume(), ['bind'], shifted));
    assert.equal(text, '5007\n');
  });

  it('may be a file', async function () {
    const source = join(volume(), 'sevens');
    const line = 'stat -c "%F %u" /file; cat /file';
    const { text } = await mappedShell(this, line, (spec) => {
      mounted(source, ['bind', 'idmap'], shifted)(spec);
      spec.mounts!.at(-1)!.destination = '/file';
    });
    assert.equal(text, 'regular file 5007\nsevens');
  });

  it('takes its turn among the other mounts', async function () {
    const [below, above] = [volume(), volume()];
    mkdirSync(join(below, 'sub'));
    writeFileSync(join(above, 'above'), '');
    const bind = (destination: string, source: string, rest: object = {}) => ({
      ...{ destination, type: 'bind', source, options: ['bind'] },
      ...rest,
    });
    const mapped = { options: ['bind', 'idmap'], uidMappings: shifted, gidMappings: shifted };
    const order = (spec: Spec): void => {
      spec.mounts!.push(bind('/data', below, mapped), bind('/data/sub', above));
      spec.mounts!.push(bind('/plain', above), bind('/plain', below, mapped));
    };
    const line = 'stat -c "%n %u" /data/roots /data/sub/roots /data/sub/above /plain/roots; ls /plain/above';
    const { text } = await mappedShell(this, line, order);
    assert.match(text, /^\/data\/roots 5000\n\/data\/sub\/roots 0\n\/data\/sub\/above 0\n\/plain\/roots 5000\n/);
    assert.match(text, /\/plain\/above: No such file/, 'the later one lies on top');
  });

  it('has the owners of what is mounted in it translated with ridmap only', async function () {
    const source = volume();
    const inner = join(source, 'inner');
    mkdirSync(inner);
    native.mount(volume(), inner, null, MS_BIND, null);
    const owners = async (...options: string[]): Promise<string> =>
      (await mappedShell(this, 'stat -c %u /data/roots /data/inner/roots', mounted(source, options, shifted))).text;
    try {
      assert.equal(await owners('rbind', 'idmap'), '5000\n0\n');
      assert.equal(await owners('rbind', 'ridmap'), '5000\n5000\n');
    } finally {
      native.umount2(inner, MNT_DETACH);
    }
  });

  it('has its times of access as its options say', async function () {
    const options = ['bind', 'idmap', 'noatime', 'nosymfollow'];
    const { text } = await mappedShell(
      this,
      'grep " /data " /proc/self/mountinfo',
      mounted(volume(), options, shifted),
    );
    assert.match(text, / \/data \S*noatime/);
    assert.match(text, / \/data \S*nosymfollow/);
  });

  it('uses the mappings of a user namespace that the container joins', async function () {
    if (!features().userNamespace) skip(this, 'no user namespaces');
    const mappings = [{ containerID: 0, hostID: 100_000, size: 65_536 }];
    const userns = await openUserNamespace(mappings, mappings);
    try {
      const { text } = await mappedShell(this, 'stat -c "%u %g" /data/sevens', (spec) => {
        spec.linux!.namespaces!.push({ type: 'user', path: `/proc/self/fd/${userns}` });
        mounted(volume(), ['bind', 'idmap'])(spec);
      });
      assert.equal(text, '7 7\n');
    } finally {
      closeSync(userns);
    }
  });
});
