import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { removeContainer, startContainer, stopContainer } from '../../../src/engine/index.ts';
import { mountAt, parseMountinfo } from '../../../src/linux/mountinfo.ts';
import { boxes } from './boxes.ts';

describe('shared memory of several containers', () => {
  const lab = boxes();
  const WRITES = 'echo words > /dev/shm/from-$HOSTNAME; touch /ready; sleep 1000';
  const reads = (name: string): string => `cat /dev/shm/from-${name} > /said; touch /ready; sleep 1000`;
  const pidOf = (name: string): number => lab.engine.containers.find(name).record.State.Pid;
  const placeOf = (name: string): string => join(lab.engine.containers.find(name).folder, 'shm');
  const inside = (name: string, path: string): string => readFileSync(`/proc/${pidOf(name)}/root${path}`, 'utf8');

  it('is the other’s, with its size, where that may be joined; also through somebody who has joined it', async () => {
    await lab.run('giver', WRITES, { IpcMode: 'shareable', ShmSize: 1 << 20 }, { Hostname: 'giver' });
    await lab.ready('giver');
    await lab.run('first', reads('giver'), { IpcMode: 'container:giver' });
    await lab.run('second', reads('giver'), { IpcMode: 'container:first' });
    for (const name of ['first', 'second']) {
      await lab.ready(name);
      assert.equal(inside(name, '/said'), 'words\n');
    }
    const shm = mountAt('/dev/shm', parseMountinfo(readFileSync(`/proc/${pidOf('second')}/mountinfo`)))!;
    assert.match(shm.superOptions, /size=1024k/);
    assert(
      ['nosuid', 'nodev', 'noexec'].every((option) => shm.options.includes(option)),
      shm.options.join(),
    );
  });

  it('is there from the giver’s start to its end, and empty at the next', async () => {
    await lab.run('giver', `ls /dev/shm > /listed; ${WRITES}`, { IpcMode: 'shareable', Init: true });
    await lab.ready('giver');
    assert.notEqual(mountAt(placeOf('giver')), undefined);
    await stopContainer(lab.engine, 'giver', { timeout: 0 });
    assert.equal(mountAt(placeOf('giver')), undefined);
    await startContainer(lab.engine, 'giver');
    assert.equal(inside('giver', '/listed'), '');
  });

  it('goes with a container whose record is broken', async () => {
    await lab.run('giver', 'sleep 1000', { IpcMode: 'shareable' });
    const place = placeOf('giver');
    lab.engine.containers.find('giver').record.HostConfig = {}; // as a broken record is read
    await removeContainer(lab.engine, 'giver', { force: true });
    assert.deepEqual([mountAt(place), existsSync(place)], [undefined, false]);
  });

  it('is refused where the other has something else there', async () => {
    await lab.run('giver', 'sleep 1000', { IpcMode: 'shareable', Tmpfs: { '/dev/shm': 'size=1m' } });
    await assert.rejects(lab.run('joins', 'true', { IpcMode: 'container:giver' }), /non-shareable IPC/);
  });

  it('is refused where the other has not offered it, or does not run', async () => {
    await lab.run('own', 'sleep 1000');
    const { id } = lab.engine.containers.find('own');
    await assert.rejects(lab.run('joins', 'true', { IpcMode: 'container:own' }), {
      code: 'BAD_USAGE',
      message: `can't join IPC of container ${id}: non-shareable IPC`,
    });
    await lab.make('rests', 'true', { IpcMode: 'shareable' });
    await assert.rejects(lab.run('joins-too', 'true', { IpcMode: 'container:rests' }), /non running container/);
  });
});
