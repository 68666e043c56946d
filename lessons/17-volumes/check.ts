/**
 * What has to hold in lesson volumes: who has one (check-users.ts), what is in a new one (check-copy.ts), which go
 * (check-users.ts), and with a real engine what the whole is for.
 */
import type * as engines from '../../src/engine/index.ts';
import { consequence, type Check } from '../../src/learn/check/check.ts';
import { nothingLeft } from '../../src/learn/check/nothing-left.ts';
import { COPIED, copyChecks } from './check-copy.ts';
import { goingChecks, KEPT, userChecks, USERS } from './check-users.ts';
import { inVolume, mountedAt, withEngine } from './engine.ts';

const outlives = consequence(
  'data outlives the container that wrote it, and the next one has the same folder mounted',
  {
    slot: USERS,
    needs: [KEPT, COPIED],
    see: 'grep /srv /proc/PID/mountinfo    (PID: of the container)',
  },
  async (t) => {
    await withEngine(await t.part<typeof engines>('src/engine/index.ts'), async (harbour) => {
      const { create, start, ended, remove } = harbour;
      const Binds = ['data:/srv'];
      await start(await create('first', 'echo ahoy > /srv/log', { Binds }));
      await ended('first');
      await remove('first');
      const log = inVolume(harbour, 'data', 'log').trim();
      t.must(log === 'ahoy', { did: 'removed who wrote it', kernel: `the file says "${log}"`, wanted: '"ahoy"' });
      const pid = await start(await create('second', 'exec sleep 1000', { Binds }));
      const mounted = mountedAt(pid, '/srv');
      t.must(mounted.includes('/volumes/data/_data'), {
        did: 'started the next container with the volume',
        kernel: `at /srv there is ${mounted}`,
        wanted: '…/volumes/data/_data',
      });
    });
  },
);

const left = nothingLeft(
  './drydock doctor; findmnt | grep volumes',
  'Every container and every volume of these checks was removed. What is left was made beside them.',
  'Your functions make nothing but what is copied into the folder that they were given.',
);

export const checks: readonly Check[] = [...userChecks, ...copyChecks, ...goingChecks, outlives, left];
