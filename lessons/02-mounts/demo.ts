/**
 * Demo of lesson mounts: a container that mounts on the host, one that does not; a host that is hidden, and one that is
 * gone; what is left to see.
 */
import type { Demo, Verdict } from '../../src/learn/demo/demo.ts';
import { quote } from '../../src/learn/source.ts';
import { isolators } from '../../src/runtime/isolators/index.ts';
import { upTo } from '../up-to.ts';

const asLong = ['sleep', '1000'];

const withoutMounts = upTo('rootfs');
const withMounts = upTo('mounts');
/** The new root is entered by chroot alone, in a mount namespace: what this lesson leaves between its two parts. */
const hidden = withMounts.filter(({ name }) => name !== 'pivot');

/** With one that a later lesson brings. */
const covered = isolators.filter((one) => one.name === 'masks' || withMounts.includes(one));

/** Opens it for writing, and writes nothing. */
const open = '(: >>/proc/sys/kernel/panic) && echo open';
const mine = 'findmnt -n -o TARGET -S mine';
const silent = (said: string): boolean => said === '(silence)';

export const demo: Demo = {
  lesson: 'mounts',
  seconds: 4,
  question: 'Whose mounts does a container see, and who sees those that it makes?',
  scenes: [
    {
      title: 'WITHOUT mounts',
      guess: 'the container mounts a tmpfs on its /mnt: where is that?',
      async play(show) {
        const container = await show.container({ args: asLong, stack: withoutMounts });
        await show.inside(container, 'mount -t tmpfs mine /mnt; echo $?');
        await show.outside(mine, (said) => (silent(said) ? ['GOOD'] : ['BAD', 'it is on your machine']));
        await show.inside(container, 'ls /proc | wc -l');
        show.why('a root directory is no mount table: it mounts in yours, and has no /proc, /sys or /dev of its own');
      },
    },
    {
      title: 'WITH mounts: one more flag in the same clone(2), and two steps',
      guess: 'and now, where is it?',
      async play(show) {
        const container = await show.container({ args: asLong, stack: withMounts });
        const { start } = await quote('src/runtime/isolators/mounts.ts#namespaces');
        show.plus('clone(NEWNS)', `isolators/mounts.ts:${start}`);
        const { text, start: first } = await quote('src/runtime/isolators/rootfs.ts#makePrivate');
        const lines = text.split('\n');
        const at = lines.findIndex((line) => line.includes('MS_SLAVE'));
        const [call = ''] = /mount\(.*?\)/.exec(lines[at] ?? '') ?? [];
        show.plus(call, `isolators/rootfs.ts:${first + at}`);
        await show.inside(container, 'mount -t tmpfs mine /mnt; echo $?');
        await show.inside(container, 'grep -c mine /proc/mounts');
        await show.outside(mine, (said) => (silent(said) ? ['GOOD'] : ['BAD', 'it is on your machine']));
      },
    },
    {
      title: 'HIDDEN OR GONE: chroot, then pivot_root',
      guess: 'root inside unmounts its / and enters again: what does it find?',
      async play(show) {
        for (const [how, stack] of [
          ['chroot', hidden],
          ['pivot_root', withMounts],
        ] as const) {
          const { pid } = await show.container({ args: asLong, stack });
          show.fact(how, `process ${pid}`);
          await show.outside(`nsenter -t ${pid} -m umount -l /; echo $?`);
          await show.outside(`nsenter -t ${pid} -m ls / 2>&1`, (said) =>
            /\bboot\b|\bhome\b/.test(said) ? ['BAD', 'it was covered, not gone'] : ['GOOD', 'nothing'],
          );
        }
        show.why('what is covered can come back. pivot_root swaps the roots, so that the old one can be unmounted');
      },
    },
    {
      title: 'WHAT IS LEFT TO SEE',
      guess: 'how many of your mounts are in its list?',
      async play(show) {
        const container = await show.container({ args: asLong, stack: withMounts });
        await show.outside('wc -l </proc/self/mountinfo');
        await show.inside(container, 'wc -l </proc/self/mountinfo');
        await show.inside(container, "cut -d' ' -f2,3 /proc/mounts | grep -v cgroup | head -6");
        await show.inside(container, 'ls /dev | wc -l');
        const judge = (said: string): Verdict => (said === 'open' ? ['BAD', 'it is your kernel’s'] : ['GOOD']);
        await show.inside(container, open, judge);
        const { start } = await quote('src/runtime/isolators/masks.ts#masks.steps');
        show.plus('masks, of lesson seccomp', `isolators/masks.ts:${start}`);
        await show.inside(await show.container({ args: asLong, stack: covered }), open, judge);
      },
    },
  ],
  turn: ['./drydock begin mounts', 'cut the ties, swap the roots, about 60 min'],
};
