import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Session } from '../../src/learn/author/session.ts';
import { readMountinfo } from '../../src/linux/mountinfo.ts';
import './support.ts';

const cgroupsOf = (name: string): string[] =>
  readMountinfo()
    .filter(({ type }) => type.startsWith('cgroup'))
    .map(({ mountPoint }) => join(mountPoint, 'drydock'))
    .flatMap((folder) => namesIn(folder).map((found) => join(folder, found)))
    .filter((path) => path.endsWith(`/${name}`));

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return []; // no container was ever limited by this controller
  }
}

describe('the shell of a reader', () => {
  it('takes along a container that still runs, with its cgroups', async () => {
    const name = `reader-${process.pid}`;
    const session = await Session.open();
    try {
      await session.type('mkfifo up');
      await session.type(`./drydock try --name ${name} sh -c 'echo up; exec sleep 1000' >up &`);
      assert.equal((await session.type('head -1 up')).trim(), 'up');
      assert.notDeepEqual(cgroupsOf(name), []);
    } finally {
      await session.close();
    }
    assert.deepEqual(cgroupsOf(name), []);
  });
});
