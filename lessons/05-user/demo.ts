/**
 * Demo of lesson user: root of a container writes a file of the machine's root, then one that cannot; who each of them
 * is outside; and what an ordinary user may map.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import type { Demo, Show, Verdict } from '../../src/learn/demo/demo.ts';
import { quote } from '../../src/learn/source.ts';
import type { LabContainer } from '../../src/learn/stage.ts';
import { remapped } from '../../src/runtime/remap.ts';
import type { Spec } from '../../src/runtime/spec.ts';
import { asOrdinary, ORDINARY, refusalOf, withUnmapped } from './ordinary.ts';
import { scratchFile, withFile } from './scratch.ts';

const asLong = ['sleep', '1000'];

export const demo: Demo = {
  lesson: 'user',
  seconds: 5,
  question: 'Root in a container: whose files can it write?',
  scenes: [
    {
      title: 'WITHOUT user: a file of root’s, mode 600, and a root in a container',
      guess: 'may it write?',
      play: (show) =>
        withFile('diary', 'mine\n', 0o600, async (path) => {
          await write(show, path, await show.container({ args: asLong, adjust: (spec) => scratchFile(spec, path) }));
          show.why('it is number 0 inside, and number 0 outside: there is only one root');
        }),
    },
    {
      title: 'WITH user: one more flag in the same clone(2), and a map',
      guess: 'and now?',
      play: (show) =>
        withFile('diary', 'mine\n', 0o600, async (path) => {
          const adjust = (spec: Spec): Spec => scratchFile(remapped(spec), path);
          const container = await show.container({ args: asLong, adjust });
          const { file, start } = await quote('src/runtime/isolators/user.ts#namespaces');
          show.plus('clone(… | NEWUSER)', `${file.replace('src/runtime/', '')}:${start}`);
          await show.inside(container, 'id -u');
          await write(show, path, container);
        }),
    },
    {
      title: 'ONE PROCESS, ONE FILE, TWO OWNERS (the kernel, seen from outside)',
      guess: 'who owns a file that root inside has made?',
      async play(show) {
        const container = await show.container({ args: asLong, adjust: remapped });
        await show.inside(container, 'touch /new; stat -c %u /new');
        await show.outside(`stat -c %u /proc/${container.pid}/root/new`);
        await show.inside(container, 'grep Uid /proc/1/status');
        await show.outside(`grep Uid /proc/${container.pid}/status`);
        await show.outside(`cat /proc/${container.pid}/uid_map`);
        show.why('a map has the first id inside, the first id outside, and how many');
      },
    },
    {
      title: 'WITHOUT ROOT: what an ordinary user may map',
      guess: 'the map of users is taken. And that of groups?',
      play: (show) =>
        withUnmapped((proc) => {
          const write = (file: string, text: string): void => {
            const refused = asOrdinary(() => refusalOf(() => writeFileSync(`${proc}/${file}`, text)));
            show.fact(`user ${ORDINARY}: echo ${text} >${file}`, refused ?? 'written', [refused ? 'BAD' : 'GOOD']);
          };
          write('uid_map', `0 ${ORDINARY} 1`);
          write('gid_map', `0 ${ORDINARY} 1`);
          write('setgroups', 'deny');
          write('gid_map', `0 ${ORDINARY} 1`);
          show.why('whoever may leave a group might read what the group may not: so that right goes first');
        }),
    },
  ],
  turn: ['./drydock begin user', 'write the maps, about 65 min'],
};

/** Root inside tries to add a line, and the file is looked at from outside. */
async function write(show: Show, path: string, container: LabContainer): Promise<void> {
  await show.inside(container, 'echo was here >>/mnt/diary');
  const is = readFileSync(path, 'utf8');
  const verdict: Verdict = is === 'mine\n' ? ['GOOD'] : ['BAD', 'it was yours'];
  show.fact('the file, outside', is.trim().split('\n').join(' / '), verdict);
}
