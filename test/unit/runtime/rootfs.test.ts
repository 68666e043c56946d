import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkedRoot } from '../../../src/runtime/isolators/rootfs.ts';

describe('a folder that is to be a root', () => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'drydock-root-')));
  after(() => rmSync(folder, { recursive: true }));
  const refused = (path: string, why: RegExp): void =>
    assert.throws(() => checkedRoot(path), { code: 'ROOTFS_INVALID', message: why });

  it('is known by its real name', () => {
    mkdirSync(join(folder, 'tree'));
    symlinkSync('tree', join(folder, 'link'));
    assert.equal(checkedRoot(join(folder, 'link')), join(folder, 'tree'));
  });

  it('is refused when it is not there, is a file, or is the host’s own, and told why', () => {
    writeFileSync(join(folder, 'file'), '');
    symlinkSync('/', join(folder, 'host'));
    refused(join(folder, 'nothing'), /nothing cannot be used: ENOENT/);
    refused(join(folder, 'file'), /file cannot be used: it is not a directory/);
    refused(join(folder, 'host'), /host cannot be used: it is the host’s own \//);
    refused('/tmp/..', /the host’s own/);
  });
});
