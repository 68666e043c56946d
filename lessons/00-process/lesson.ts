/** Lesson process: how a child becomes a program, and how its parent hears of the end. */
import type { Lesson } from '../../src/learn/lesson.ts';

/** The same life in TypeScript: the learner's function pulls the strings of a real child. */
const becomeProgram = `/**
 * The child's life in TypeScript: it counts instead of shim/child.c once you have changed it.
 *
 * A real child, between clone and execve, does what you tell it through \`child\`, and nothing by itself.
 */
import type { ChildCalls } from '../../learn/child-puppet.ts';

/** Resolves only when the program could not be started: with the exit code. */
export async function becomeProgram(child: ChildCalls): Promise<number> {
  // TODO: say that you are born, then wait for the parent.
  //       Then one step after the other, from 0 to the last one. runStep() answers as the kernel does: a negative
  //         number is an errno. Refused, and not tolerated: tell the parent, and return the exit code. That is 127
  //         for ENOENT (2), 126 for EACCES (13) and ENOEXEC (8), 125 for all others.
  //       What a step has opened, a later one needs: keepResult() after every step that counts as done.
  //       The last step is an execve. Nobody comes back from it, unless it was refused.
  await child.beBorn();
  return 125;
}
`;

export const lesson: Lesson = {
  name: 'process',
  number: 0,
  title: 'a process, started by a plan',
  minutes: 40,
  question: 'How does a program become a process, and who notices when it ends?',
  requires: [],
  slots: [
    {
      name: 'wait.ts#exitCode',
      source: 'src/runtime/wait.ts',
      file: 'wait.ts',
      title: 'how a child has ended, in one number',
      minutes: 10,
      todo: [
        'take the status of wait(2) apart. The comment above says which bit is what.',
        'Ended by itself: its exit code, 0 to 255.',
        'Ended by a signal: 128 + the number of the signal.',
      ],
      body: ['return status;'],
    },
    {
      name: 'addon/shim/child.c#become_program',
      source: 'addon/shim/child.c',
      file: 'shim/child.c',
      title: 'the life of a child, from its birth to its program',
      minutes: 20,
      todo: [
        'say that you are born, then wait for the parent. child_calls.h has all that you can do.',
        'Then one step after the other, from 0 to the last one. run_step() answers as the kernel does: a negative',
        'number is an errno. Refused, and not tolerated: tell the parent, and return the exit code. That is 127 for',
        'ENOENT, 126 for EACCES and ENOEXEC, 125 for all others.',
        'What a step has opened, a later one needs: keep_result() after every step that counts as done.',
        'The last step is an execve. Nobody comes back from it, unless it was refused.',
      ],
      body: ['be_born(child);', 'return 125;'],
      instead: { file: 'shim/child.ts', symbol: 'becomeProgram', starter: becomeProgram },
    },
  ],
  task: [
    'First, in ten minutes, the end of a process: `exitCode` turns what wait(2) answers into the number that every',
    'shell and every engine shows. Then its life: `become_program` is what the child of clone(2) does until it is your',
    'program. All containers of Drydock go through this function. Write it in C or (`shim/child.ts`) in TypeScript;',
    'what you change counts.',
  ],
  hints: [
    'See the plan that the child walks: `./drydock try --upto process --explain ls`. The last step is the execve.',
    'A child that ends without a word is a riddle for its parent: say `born` first, and what was refused before you end.',
    'wait(2): the low seven bits are the signal, the second byte is the exit code. (status >> 8) & 0xff takes a byte out.',
  ],
};
