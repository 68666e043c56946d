import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { putArchive } from '../../../src/engine/archive.ts';
import { writeTar, type WrittenEntry } from '../../../src/layers/index.ts';
import { MNT_DETACH, MS_BIND, MS_REC, MS_SHARED } from '../../../src/linux/constants.ts';
import { parseMountinfo } from '../../../src/linux/mountinfo.ts';
import { native } from '../../../src/linux/native.ts';
import { folder } from '../support.ts';
import { boxes } from './boxes.ts';

/** As systemd makes all mounts of a machine: what is mounted in one place appears in its copies, and goes with it. */
describe('cp where mounts are shared', () => {
  before(() => {
    native.mount(folder, folder, null, MS_BIND | MS_REC, null);
    native.mount(null, folder, null, MS_SHARED | MS_REC, null);
  });
  const lab = boxes();
  after(() => native.umount2(folder, MNT_DETACH));

  const data = Buffer.from('in the volume');
  const entry = (path: string): WrittenEntry => ({
    ...{ type: 'file', path: Buffer.from(path), mode: 0o644, uid: 0, gid: 0, size: data.length, data },
    mtime: { seconds: 0, nanoseconds: 0 },
  });
  const put = (name: string, path: string): Promise<void> =>
    putArchive(lab.engine, name, path, Readable.from(writeTar([entry('kept')])));

  for (const Privileged of [false, true])
    it(`takes no mount off a container that runs${Privileged ? ' with all rights' : ''}, and reaches its volume`, async () => {
      const name = await lab.run('box', 'sleep 1000', { Privileged, Binds: ['data:/vol'], Tmpfs: { '/scratch': '' } });
      const { Pid } = lab.engine.containers.find(name).record.State;
      const mounts = (): string[] =>
        parseMountinfo(readFileSync(`/proc/${Pid}/mountinfo`)).map(({ mountPoint, type }) => `${mountPoint} ${type}`);
      const before = mounts();
      for (const path of ['/vol', '/scratch', '/']) await put(name, path);
      assert.deepEqual(mounts(), before);
      assert.equal(readFileSync(`/proc/${Pid}/root/vol/kept`, 'utf8'), 'in the volume');
    });

  it('reaches the volume of one that does not run', async () => {
    const name = await lab.make('box', 'true', { Binds: ['data:/vol'] });
    await put(name, '/vol');
    const { Mounts } = lab.engine.containers.find(name).record;
    assert.equal(readFileSync(`${Mounts[0]!.Source}/kept`, 'utf8'), 'in the volume');
  });
});
