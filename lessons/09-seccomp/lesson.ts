/** Lesson seccomp: fewer system calls, fewer devices, and files of the whole machine that are not there. */
import type { Lesson } from '../../src/learn/lesson.ts';

const FILTER = { source: 'src/runtime/seccomp-by-hand.ts', file: 'seccomp-by-hand.ts' };

export const lesson: Lesson = {
  name: 'seccomp',
  number: 9,
  title: 'fewer system calls, fewer files',
  minutes: 75,
  question: 'What of the whole machine is still within a container’s reach?',
  requires: ['mounts', 'capabilities'],
  slots: [
    {
      name: 'isolators/masks.ts#steps',
      source: 'src/runtime/isolators/masks.ts',
      file: 'isolators/masks.ts',
      title: 'hide and protect the machine’s own files',
      minutes: 10,
      todo: [
        'cover what config.json lists: spec.linux?.readonlyPaths and spec.linux?.maskedPaths.',
        "The words of the plan are plan.readonly_at(slot('root'), path) and plan.mask_at(slot('root'), path);",
        'each takes a reason: .because(…). The covers stay: a further process (mode is exec) needs none.',
      ],
      body: ['void [plan, spec, mode, slot];'],
    },
    {
      ...FILTER,
      name: 'seccomp-by-hand.ts#refuse',
      title: 'compare the number, answer an errno',
      minutes: 15,
      todo: [
        'two instructions for each number; the register has the number of the call already.',
        'ifEqual(number, { yes, no }) skips so many of the next instructions if it is that call, and if it is not.',
        'answer(…) ends the program: with SECCOMP_RET_ERRNO, and the errno in its lower 16 bits.',
        'Whoever makes none of these calls has to come out behind the last instruction.',
      ],
      body: ['void [numbers, errno, ifEqual, answer, SECCOMP_RET_ERRNO];', 'return [];'],
    },
    {
      ...FILTER,
      name: 'seccomp-by-hand.ts#onArchitecture',
      title: 'further: a number means nothing without its architecture',
      minutes: 15,
      todo: [
        'load(ARCHITECTURE), compare it with `audit`, and skip everything up to the end if it is another one.',
        'Only then load(NUMBER), which `block` expects in the register. What is below does that for everybody.',
      ],
      body: ['void [audit, ARCHITECTURE, ifEqual];', 'return [load(NUMBER), ...block];'],
    },
    {
      ...FILTER,
      name: 'seccomp-by-hand.ts#refuseEverywhere',
      title: 'further: every door of this machine',
      minutes: 15,
      todo: [
        'one block for each AUDIT_ARCH of this machine, not only for its own one.',
        '`families` above lists them; native.syscallNumber(name, arch) gives a number, or undefined.',
        'One entry there has two names: what does that mean for its block?',
        'The last instruction of the whole program is the answer for all other calls.',
      ],
      body: [
        "const [own] = families[process.arch] ?? families['x64']!;",
        'const numbers = names.flatMap((name) => native.syscallNumber(name) ?? []);',
        'return [...onArchitecture(own!.audit, refuse(numbers, errno)), answer(SECCOMP_RET_ALLOW)];',
      ],
    },
  ],
  task: [
    'First, in ten minutes, files: `steps` of `masks` covers what config.json lists, so that /proc shows nothing of the',
    'machine. Then the filter, in BPF, as data: `refuse` answers an errno to a few calls. It works at once, for programs',
    'of this architecture. Further: `onArchitecture` and `refuseEverywhere` close the other doors of the same kernel.',
  ],
  hints: [
    'Look at a container with `./drydock try --without seccomp`: read /proc/timer_list, list /dev, and grep Seccomp /proc/self/status.',
    'A jump counts the instructions that it skips: 0 goes on with the next one. Draw the program as numbered lines.',
    'Each architecture has a table of numbers of its own, and x32 shares AUDIT_ARCH with x86-64: its numbers begin at 2^30.',
  ],
};
