/** An idmapped mount: the files of a directory of the host appear with other owners, in this container alone. */
import assert from 'node:assert/strict';
import { chownSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DrydockError } from '../../../src/errors.ts';
import { features } from '../../../src/linux/features.ts';
import { EINVAL } from '../../../src/linux/errno.ts';
import type { Mapping, Spec } from '../../../src/runtime/spec.ts';
import { folder, fresh, leavesNothing, shell, skip, type Result } from '../support.ts';

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
    if (error instanceof DrydockError && error.call === 'mountSetattr' && error.errno === EINVAL)
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
});
