import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { MNT_DETACH, MS_BIND, MS_PRIVATE, MS_SHARED, MS_SLAVE } from '../../../src/linux/constants.ts';
import { mountAt, parseMountinfo } from '../../../src/linux/mountinfo.ts';
import { native } from '../../../src/linux/native.ts';
import { folder } from '../support.ts';
import { boxes } from './boxes.ts';

const NOTHING = 0;

describe('what is mounted later in a folder of the host', () => {
  const lab = boxes();
  const at = (name: string): string => join(folder, `later-${name}`);
  const mounted = (place: string, ...propagations: number[]): void => {
    mkdirSync(place);
    native.mount(place, place, null, MS_BIND, null);
    for (const flag of propagations) native.mount(null, place, null, flag, null);
  };
  before(() => {
    mounted(at('private'), MS_PRIVATE);
    mounted(at('shared'), MS_PRIVATE, MS_SHARED);
    mkdirSync(at('slave'));
    native.mount(at('shared'), at('slave'), null, MS_BIND, null);
    native.mount(null, at('slave'), null, MS_SLAVE, null);
  });
  after(() => ['slave', 'shared', 'private'].forEach((name) => native.umount2(at(name), MNT_DETACH)));

  const box = (name: string, mode: string, command = 'sleep 1000'): Promise<string> =>
    lab.run(`${name}-${mode}`, command, {
      Binds: [`${at(name)}:/t:${mode}`],
      CapAdd: ['SYS_ADMIN'],
      SecurityOpt: ['seccomp=unconfined'],
    });
  const insideOf = (name: string): ReturnType<typeof parseMountinfo> => {
    const { Pid } = lab.engine.containers.find(name).record.State;
    return parseMountinfo(readFileSync(`/proc/${Pid}/mountinfo`));
  };

  for (const mode of ['rslave', 'rshared', 'rprivate'])
    it(`${mode === 'rprivate' ? 'does not appear' : 'appears'} in a container that has it ${mode}`, async () => {
      const name = await box('shared', mode);
      const place = join(at('shared'), mode);
      mkdirSync(place);
      native.mount('tmpfs', place, 'tmpfs', NOTHING, null);
      try {
        assert.equal(mountAt(`/t/${mode}`, insideOf(name)) !== undefined, mode !== 'rprivate');
      } finally {
        native.umount2(place, MNT_DETACH);
      }
    });

  it('by a container appears on the host if the container has the folder rshared', async () => {
    const mount = (where: string): string =>
      `mkdir -p /t/${where}; mount -t tmpfs tmpfs /t/${where} && touch /ready; sleep 1000`;
    for (const mode of ['rshared', 'rslave']) {
      const name = await box('shared', mode, mount(`by-${mode}`));
      await lab.ready(name);
      const there = mountAt(join(at('shared'), `by-${mode}`));
      assert.equal(there !== undefined, mode === 'rshared');
      if (there) native.umount2(there.mountPoint, MNT_DETACH);
    }
  });

  it('is refused where it could not appear', async () => {
    const refused = (name: string, mode: string, kind: string): Promise<void> =>
      assert.rejects(box(name, mode), {
        code: 'BAD_USAGE',
        message: `path ${at(name)} is mounted on ${at(name)} but it is not ${kind} mount`,
      });
    await refused('private', 'shared', 'a shared');
    await refused('private', 'rslave', 'a shared or slave');
    await refused('slave', 'rshared', 'a shared');
    await box('slave', 'rslave');
  });
});
