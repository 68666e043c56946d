/** Lesson rootfs: where the paths of a container start. */
import type { Lesson } from '../../src/learn/lesson.ts';

export const lesson: Lesson = {
  name: 'rootfs',
  number: 1,
  title: 'a root directory of its own',
  minutes: 40,
  question: 'Whose files does a container see, and who says where its paths start?',
  requires: ['process'],
  slots: [
    {
      name: 'isolators/rootfs.ts#chroot.steps',
      source: 'src/runtime/isolators/rootfs.ts',
      file: 'isolators/rootfs.ts',
      title: 'from an open directory to a process that stands in its root',
      minutes: 10,
      todo: [
        "the isolator rootfs has opened the directory already: slot('root') names it for your steps.",
        'Move the process into it: plan.fchdir. Then make the place where it stands its root: plan.chroot.',
        'Each step tells why it is there: plan.fchdir(…).because(…).',
        "An exec comes here, too (mode 'exec'), and needs the same root.",
        'Further: a new container with mounts of its own (hasOwnMounts, below) first calls coverHost(plan), from inside',
        'the new root.',
      ],
      body: ['void plan;', 'void spec;', 'void mode;', 'void stack;'],
    },
    {
      name: 'isolators/rootfs.ts#checkedRoot',
      source: 'src/runtime/isolators/rootfs.ts',
      file: 'isolators/rootfs.ts',
      title: 'which folder may be a root at all',
      minutes: 15,
      todo: [
        'answer the real path of the folder, without links and `..` (realpathSync).',
        "A path that is not there, or is no directory, or is the host's own /: throw notRoot(path, what is wrong).",
      ],
      body: ['return path;'],
    },
  ],
  task: [
    'First, in ten minutes, the wall itself: `steps` of the isolator `chroot` writes down what the child does to have a',
    'root of its own, from a directory that is open already. Further: with mounts of its own, a container must have',
    'nothing above its root; and `checkedRoot` refuses a folder that cannot be a root before anything is made.',
  ],
  hints: [
    'Look at the plan with and without it: `./drydock try --upto rootfs --explain ls`, then `--upto process`.',
    'chroot(2) changes where paths start, not where the process stands. Which of the two has to move first?',
    "plan.fchdir(slot('root')), then plan.chroot('.'): both are steps of the child, and both need a because().",
  ],
};
