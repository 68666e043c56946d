/**
 * Demo of lesson rootfs: a container that reads the host's files, then one with files of its own; where the kernel says
 * that its paths start; and the way out.
 */
import { readlinkSync, statSync } from 'node:fs';
import type { Demo, Show } from '../../src/learn/demo/demo.ts';
import { quote } from '../../src/learn/source.ts';
import type { LabContainer } from '../../src/learn/stage.ts';
import type { AnyIsolator } from '../../src/runtime/isolators/index.ts';
import { escape, whoseFiles } from './escape.ts';
import { upTo } from '../up-to.ts';

const asLong = ['sleep', '1000'];

export const demo: Demo = {
  lesson: 'rootfs',
  seconds: 4,
  question: 'Whose files does a container see, and who says where its paths start?',
  scenes: [
    {
      title: 'WITHOUT rootfs',
      guess: 'ls / in a container: whose files?',
      async play(show) {
        const container = await show.container({ args: asLong, stack: upTo('process') });
        await show.outside(whoseFiles);
        await show.inside(container, whoseFiles, () => ['BAD', 'they are yours']);
        await show.inside(container, 'ls / | wc -l');
        show.why('it is a process like any other: its paths start where yours do');
      },
    },
    {
      title: 'WITH rootfs: two steps of the child before it is the program',
      guess: 'and now?',
      async play(show) {
        const container = await show.container({ args: asLong, stack: upTo('rootfs') });
        const { file, start } = await quote('src/runtime/isolators/rootfs.ts#chroot.steps');
        show.plus('fchdir(root)  chroot(".")', `${file.replace('src/runtime/', '')}:${start}`);
        await show.inside(container, whoseFiles, (said) => (said === 'ID=drydock-lab' ? ['GOOD'] : ['BAD']));
        await show.inside(container, 'ls /');
        await show.inside(container, 'cd ..; pwd');
      },
    },
    {
      title: 'TWO DIRECTORIES OF A PROCESS (the kernel, seen from outside)',
      guess: 'has the kernel copied or hidden anything?',
      async play(show) {
        const { pid, spec } = await show.container({ args: asLong, stack: upTo('rootfs') });
        for (const link of ['root', 'cwd'])
          show.fact(`/proc/${pid}/${link}`, short(readlinkSync(`/proc/${pid}/${link}`)));
        const [seen, wanted] = [statSync(`/proc/${pid}/root`).ino, statSync(spec.root.path).ino];
        show.fact('the same directory', `inode ${seen} and ${wanted}`, seen === wanted ? ['GOOD'] : ['BAD']);
        await show.outside(`ls /proc/${pid}/root/etc`);
        show.why('chroot changes one pointer in the record of a process; its children inherit it');
      },
    },
    {
      title: 'A DIRECTORY THAT WAS LEFT OPEN',
      guess: 'root in a chroot wants out: can it?',
      async play(show) {
        await out(show, 'with chroot alone', upTo('rootfs'));
        await out(show, 'with the finished runtime', undefined);
        show.why('an open directory outside does not ask for the root; lesson mounts takes the outside away');
      },
    },
  ],
  turn: ['./drydock begin rootfs', 'write the steps into a root, about 30 min'],
};

/** The end of a path that is too long for its column. */
const short = (path: string): string => (path.length > 44 ? `…${path.slice(-43)}` : path);

async function out(show: Show, label: string, stack: readonly AnyIsolator[] | undefined): Promise<void> {
  const container: LabContainer = await show.container({ args: ['sh', '-c', escape(whoseFiles)], stack });
  await container.ended();
  const seen = container.output().trim();
  show.fact(label, seen, seen === 'ID=drydock-lab' ? ['GOOD', 'still in the lab'] : ['BAD', 'it is out']);
}
