/**
 * The oldest way out of a container that has only a chroot. A pivot closes it, and so does a chroot in a mount namespace
 * of its own; without one it stays open, and the lesson about the root file system shows it.
 */
import assert from 'node:assert/strict';
import { copyFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { features } from '../../../src/linux/features.ts';
import { isolators } from '../../../src/runtime/isolators/index.ts';
import type { Spec } from '../../../src/runtime/spec.ts';
import { compiled, folder, fresh, leavesNothing, makeBundle, runBox, skip, specOf } from '../support.ts';

describe('a program that walks out of a chroot', function () {
  leavesNothing();

  let secret: string;
  let bundle: string;
  beforeEach(() => {
    writeFileSync((secret = join(folder, fresh('secret'))), 'of the host');
    bundle = makeBundle();
    copyFileSync(compiled('escape'), join(bundle, 'rootfs/bin/escape'));
  });
  afterEach(() => rmSync(secret));

  /** Where it finds itself, with the isolators of these names. */
  async function escapeFrom(isKept: (name: string) => boolean, change?: (spec: Spec) => void): Promise<string> {
    const stack = isolators.filter(({ name }) => isKept(name));
    const { text } = await runBox({ bundle, spec: specOf({ args: ['escape', secret] }, change), isolators: stack });
    return text.trim();
  }

  const withoutPivot = (name: string): boolean => name !== 'pivot';

  it('finds the container after a pivot', async () => {
    assert.equal(await escapeFrom(() => true), 'inside');
  });

  it('finds the container after a chroot in a mount namespace', async () => {
    assert.equal(await escapeFrom(withoutPivot), 'inside');
  });

  it('finds the container also as root of a user namespace', async function () {
    if (!features().userNamespace) skip(this, 'no user namespaces');
    const mapped = ({ linux }: Spec): void => {
      linux!.namespaces!.push({ type: 'user' });
      linux!.uidMappings = linux!.gidMappings = [{ containerID: 0, hostID: 100_000, size: 65_536 }];
    };
    assert.equal(await escapeFrom(withoutPivot, mapped), 'inside');
  });

  it('finds the host after a chroot and nothing else', async () => {
    assert.equal(await escapeFrom((name) => ['rootfs', 'chroot', 'process'].includes(name)), 'outside');
  });
});
