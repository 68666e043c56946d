/**
 * Demo of lesson seccomp: what of the whole machine a container reaches, what covers it, and a filter that forgets a door.
 */
import { readFileSync } from 'node:fs';
import type { Demo, Verdict } from '../../src/learn/demo/demo.ts';
import { quote } from '../../src/learn/source.ts';
import { answer, assemble, load, NUMBER } from '../../src/linux/bpf.ts';
import { SECCOMP_RET_ALLOW } from '../../src/linux/constants.ts';
import { EPERM } from '../../src/linux/errno.ts';
import { native } from '../../src/linux/native.ts';
import { readStatus } from '../../src/linux/procfs.ts';
import { isolators, lessonIsolators, type AnyIsolator } from '../../src/runtime/isolators/index.ts';
import { refuse } from '../../src/runtime/seccomp-by-hand.ts';
import { doors, keyCalls, probe, withProbe, wordFor } from './probe.ts';

const asLong = ['sleep', '1000'];
const without = isolators.filter(({ name }) => !lessonIsolators.seccomp!.includes(name));
const PATTERN = '/proc/sys/kernel/core_pattern';
/** Opened for writing, and nothing written: the machine stays as it is. */
const seize = `(: >>${PATTERN}) && echo open for writing`;

const wordsOf = (door: string): string[] => keyCalls.flatMap((name) => wordFor(name, door) ?? []);

/** The numbers of this architecture, and no look at which architecture it is. */
const careless: AnyIsolator = {
  ...isolators.find(({ name }) => name === 'seccomp')!,
  steps(plan) {
    const numbers = keyCalls.flatMap((name) => native.syscallNumber(name) ?? []);
    const program = [load(NUMBER), ...refuse(numbers, EPERM), answer(SECCOMP_RET_ALLOW)];
    plan.seccomp(assemble(program), 0, 0).because('a filter that knows one table of numbers');
  },
};
const withCareless = isolators.map((one) => (one.name === 'seccomp' ? careless : one));

const refused = (said: string): Verdict =>
  /EPERM/.test(said) && !/ok|EINVAL|EFAULT|ENOSYS|ENOKEY/.test(said) ? ['GOOD'] : ['BAD', 'the kernel looked at it'];

export const demo: Demo = {
  lesson: 'seccomp',
  seconds: 4,
  question: 'What of the whole machine is still within a container’s reach?',
  scenes: [
    {
      title: 'WITHOUT seccomp, devices, masks',
      guess: 'can root in there choose what runs when a program crashes?',
      async play(show) {
        const container = await show.container({ args: asLong, stack: without });
        await show.inside(container, 'head -n 1 /proc/timer_list', () => ['BAD', 'your machine’s timers']);
        await show.inside(container, seize, (said) => (said.startsWith('open') ? ['BAD', 'yours, too'] : ['GOOD']));
        await show.inside(container, 'grep Seccomp: /proc/self/status');
        show.why('a new /proc has these files again: no namespace covers them');
      },
    },
    {
      title: 'WITH masks: a mount over each of them',
      guess: 'how long is a file that is covered with /dev/null?',
      async play(show) {
        const container = await show.container({ args: asLong });
        const { file, start } = await quote('src/runtime/isolators/masks.ts#masks.steps');
        show.plus('mask_at, readonly_at', `${file.replace('src/runtime/', '')}:${start}`);
        await show.inside(container, 'wc -c </proc/timer_list', (said) => (said === '0' ? ['GOOD'] : ['BAD']));
        await show.inside(container, seize, (said) => (/Read-only/.test(said) ? ['GOOD'] : ['BAD']));
        show.fact('outside', readFileSync(PATTERN, 'utf8').trim().slice(0, 40), ['GOOD', 'still yours']);
      },
    },
    {
      title: 'WITH a filter in front of the kernel',
      guess: `what does the kernel answer to ${keyCalls.at(-1)}?`,
      async play(show) {
        const words = wordsOf(doors[0]!.name);
        const open = await show.container({ args: asLong, stack: without, adjust: withProbe });
        await show.inside(open, probe(...words), refused);
        const closed = await show.container({ args: asLong, adjust: withProbe });
        const { file, start } = await quote('src/runtime/seccomp-by-hand.ts#refuse');
        show.plus('seccomp(…)', `${file.replace('src/runtime/', '')}:${start}`);
        await show.inside(closed, probe(...words), refused);
        const status = readStatus(closed.pid)!;
        show.fact('the kernel, from outside', `Seccomp: ${status.get('Seccomp')}`);
      },
    },
    {
      title: 'ONE CALL, SEVERAL NUMBERS',
      guess: 'a filter knows the numbers of this architecture. Enough?',
      async play(show) {
        const foreign = doors.slice(1).flatMap(({ name }) => wordsOf(name).slice(-1));
        if (foreign.length === 0) return show.why('this machine has one door only: nothing to see');
        const half = await show.container({ args: asLong, stack: withCareless, adjust: withProbe });
        await show.inside(half, probe(...foreign), refused);
        const whole = await show.container({ args: asLong, adjust: withProbe });
        const { file, start } = await quote('src/runtime/seccomp-by-hand.ts#onArchitecture');
        show.plus('the architecture first', `${file.replace('src/runtime/', '')}:${start}`);
        await show.inside(whole, probe(...foreign), refused);
        show.why('32-bit programs have a table of their own, and x32 begins at 2^30');
      },
    },
  ],
  turn: ['./drydock begin seccomp', 'write the filter, about an hour'],
};
