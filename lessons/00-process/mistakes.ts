/** What people get wrong about the end of a process, and about its beginning. */
import type { Mistake } from '../../src/learn/mistake.ts';
import { CHILD } from './under-child.ts';

const EXIT_CODE = 'wait.ts#exitCode';

/** The life with one of its parts done wrong. */
const life = ({
  birth = ['be_born(child);', 'await_parent(child);'],
  first = '0',
  good = 'result >= 0 || tolerates(child, step, -result)',
  keep = 'keep_result(child, step, result);',
  tell = 'tell_failure(child, step, -result);',
  code = 'result == -ENOENT ? 127 : result == -EACCES || result == -ENOEXEC ? 126 : 125',
}): string[] => [
  ...birth,
  `for (int step = ${first}; step < step_count(child); step++) {`,
  '  int result = run_step(child, step);',
  `  if (${good}) {`,
  `    ${keep}`,
  '    continue;',
  '  }',
  `  ${tell}`,
  `  return ${code};`,
  '}',
  'return 125;',
];

export const mistakes: readonly Mistake[] = [
  {
    title: 'the signal is overlooked',
    slot: EXIT_CODE,
    body: ['return (status >> 8) & 0xff;'],
    fails: 'a child that a signal has ended has 128 + its number',
    hint: /the low seven bits are the number of the signal/,
  },
  {
    title: 'the failure is told to nobody',
    slot: CHILD,
    body: life({ tell: '' }),
    fails: 'a step that is refused ends it, and its parent hears which and why',
    hint: /Its parent heard nothing/,
  },
  {
    title: 'what a step has opened is dropped',
    slot: CHILD,
    body: life({ keep: '(void)keep_result;' }),
    fails: 'the finished runtime stands on it, and on what its steps have opened',
    hint: /EBADF is a descriptor that nobody has kept/,
  },
  {
    title: 'the first byte is taken for the exit code',
    slot: EXIT_CODE,
    body: ['return status & 0xff;'],
    fails: 'a child that ends by itself has its own exit code',
    hint: /the exit code is the second byte/,
  },
  {
    title: 'the core dump is taken for a part of the signal',
    slot: EXIT_CODE,
    body: ['return status & 0xff ? 128 + (status & 0xff) : status >> 8;'],
    fails: 'a core dump makes no difference',
    hint: /seven bits, not eight/,
  },
  {
    title: 'nobody is told of the birth',
    slot: CHILD,
    body: life({ birth: ['await_parent(child);'] }),
    fails: 'the parent hears that its child is born',
    hint: /waits for `born`, the child for the parent/,
  },
  {
    title: 'the child does not wait for its parent',
    slot: CHILD,
    body: life({ birth: ['be_born(child);'] }),
    fails: 'the child waits until its parent has done its part',
    hint: /while the parent was still at work/,
  },
  {
    title: 'steps are counted from 1',
    slot: CHILD,
    body: life({ first: '1' }),
    fails: 'it becomes the program that config.json names',
    hint: /from 0 to step_count/,
  },
  {
    title: 'it forks once more',
    slot: CHILD,
    body: [
      'int fork(void);',
      'void _exit(int);',
      'be_born(child);',
      'await_parent(child);',
      'if (fork() != 0) _exit(0);',
      ...life({ birth: [] }),
    ],
    fails: 'it becomes the program that config.json names',
    hint: /No fork in here/,
  },
  {
    title: 'the errno is told with its sign',
    slot: CHILD,
    body: life({ tell: 'tell_failure(child, step, result);' }),
    fails: 'a step that is refused ends it, and its parent hears which and why',
    hint: /takes a positive one/,
  },
  {
    title: 'every refusal is the end',
    slot: CHILD,
    body: life({ good: 'result >= 0' }),
    fails: 'a refusal that the plan tolerates ends nothing',
    hint: /ask tolerates/,
  },
  {
    title: 'every failure is 125',
    slot: CHILD,
    body: life({ code: '125' }),
    fails: 'a program that cannot be executed is told by 127 or 126',
    hint: /return 127 when/,
  },
  {
    title: 'every refusal but ENOENT is 126',
    slot: CHILD,
    body: life({ code: 'result == -ENOENT ? 127 : 126' }),
    fails: 'a program that cannot be executed is told by 127 or 126',
    hint: /ended with 126, wanted is 125/,
  },
  {
    title: 'EACCES is forgotten',
    slot: CHILD,
    body: life({ code: 'result == -ENOENT ? 127 : result == -ENOEXEC ? 126 : 125' }),
    fails: 'a program that cannot be executed is told by 127 or 126',
    hint: /126 for EACCES/,
  },
];
