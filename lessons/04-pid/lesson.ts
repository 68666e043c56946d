/** Lesson pid: a container's own process numbers, and the duties of the process that is number 1. */
import type { Lesson } from '../../src/learn/lesson.ts';

/** The same loop in TypeScript: the learner's `init` pulls the strings of a puppet that is PID 1. */
const init = `/**
 * PID 1's loop in TypeScript: it counts instead of init/drydock-init.c once you have changed it.
 *
 * A puppet is the real PID 1 in the container; \`kernel\` is what it can do and notice, and it does nothing by itself.
 * \`child\` is the program, as PID 1 knows it.
 */
import type { PuppetKernel } from '../../learn/puppet.ts';

const SIGCHLD = 17;

export async function init(kernel: PuppetKernel, child: number): Promise<void> {
  // TODO: for ever: take the next signal.
  //       SIGCHLD: somebody has ended, perhaps several. Take all of them: kernel.wait() gives one, or undefined.
  //         When one of them was \`child\`: end with its exit code, kernel.exit(code), once the others are taken too.
  //         A status holds the code in its second byte; its low seven bits are the signal that killed it, if any:
  //         then the exit code is 128 + signal.
  //       Any other signal: pass it on to the program. kernel.kill(-child, signal) reaches its whole process group.
  while ((await kernel.nextSignal()) !== SIGCHLD);
  const ended = await kernel.wait();
  if (ended?.pid === child) await kernel.exit(0);
}
`;

export const lesson: Lesson = {
  name: 'pid',
  number: 4,
  title: 'process numbers of its own',
  minutes: 60,
  question: 'Which processes can a container see, and which can it kill?',
  requires: ['process', 'rootfs', 'mounts'],
  slots: [
    {
      name: 'isolators/pid.ts#namespaces',
      source: 'src/runtime/isolators/pid.ts',
      file: 'isolators/pid.ts',
      title: 'what clone(2) is asked for',
      minutes: 10,
      todo: [
        'say which PID namespace the container gets.',
        "spec.linux?.namespaces lists what config.json asks for: find the one with type 'pid'.",
        'Not there: the answer is an empty list. Without a path: a new one, made by the clone itself.',
        'With a path: that one is joined. The type Namespace in ../isolator.ts has the words.',
      ],
      body: ['return [];'],
    },
    {
      name: 'addon/init/drydock-init.c#reap_and_forward',
      source: 'addon/init/drydock-init.c',
      file: 'init/drydock-init.c',
      title: 'the life of PID 1: wait for everybody, pass signals on',
      minutes: 35,
      todo: [
        'for ever: wait for the next signal (sigwaitinfo(2); all of them are blocked).',
        'SIGCHLD: somebody has ended, perhaps several: take all that have (waitpid(2), WNOHANG).',
        'When one of them was `child`: return its exit code, 128+n if signal n ended it.',
        'Any other signal: pass it on to the process group of `child` (kill(2)).',
      ],
      body: ['(void)all;', 'waitpid(child, NULL, 0);', 'return 0;'],
      instead: { file: 'init/init.ts', symbol: 'init', starter: init },
    },
  ],
  task: [
    'First, in ten minutes, the container itself: `namespaces` tells clone(2) to make a new PID namespace. The first',
    'process in it is number 1, and the kernel treats number 1 like no other. Then the process that deserves that',
    'number: PID 1 has to wait for every orphan of the container, and a signal that it has no handler for does not',
    'reach it. Write its loop, in C or (`init/init.ts`) in TypeScript; what you change counts.',
  ],
  hints: [
    'Look at a container with `./drydock try ps`, then without this lesson: `./drydock try --without pid ps`.',
    'The kernel makes the namespace: clone(2) only has to be asked, with CLONE_NEWPID. pid_namespaces(7) says what follows.',
    'PID 1 is a loop around sigwaitinfo(2) and waitpid(2) with -1 and WNOHANG. One SIGCHLD may stand for many children.',
  ],
};
