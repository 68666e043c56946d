/** Lesson cgroups: what a container may use, in the files of two versions, and what the kernel counts. */
import type { Lesson, Slot } from '../../src/learn/lesson.ts';

const limits = (symbol: string, slot: Pick<Slot, 'title' | 'minutes' | 'todo' | 'body'>): Slot => ({
  name: `cgroup-limits.ts#${symbol}`,
  source: 'src/runtime/cgroup-limits.ts',
  file: 'cgroup-limits.ts',
  ...slot,
});

const oom = (symbol: string, slot: Pick<Slot, 'title' | 'minutes' | 'todo' | 'body'>): Slot => ({
  name: `oom.ts#${symbol}`,
  source: 'src/runtime/oom.ts',
  file: 'oom.ts',
  ...slot,
});

export const lesson: Lesson = {
  name: 'cgroups',
  number: 7,
  title: 'limits: memory, processor, processes',
  minutes: 75,
  question: 'How much of the machine can one container take?',
  requires: ['process', 'mounts', 'pid'],
  slots: [
    limits('usualV2', {
      title: 'memory, processor and processes, in the files of v2',
      minutes: 10,
      todo: [
        'note each limit with limit(CONTROLLER, FILE, VALUE, PLACE); a VALUE that is undefined is not written.',
        "limit('memory', 'memory.max', …, 'memory.limit') is the first. The others:",
        'memory.swap.max (swapV2 has the value), memory.low (reservation); cpu.weight (weightOf makes it out of shares),',
        'cpu.max (timeV2 has the value); pids.max. `most` turns -1 into v2’s word for no limit, and 0 into undefined.',
      ],
      body: [],
    }),
    limits('timeV2', {
      title: 'a quota and its period, in one line',
      minutes: 5,
      todo: [
        'the line for cpu.max: QUOTA PERIOD, in microseconds.',
        'Without a quota, or with -1, QUOTA is `max`. Without a period it is 100000. Without both: undefined.',
      ],
      body: ['return undefined;'],
    }),
    limits('swapV2', {
      title: 'swap alone, out of memory and swap together',
      minutes: 10,
      todo: [
        'memory.swap of the config limits memory AND swap; memory.swap.max limits swap alone.',
        '-1: no limit, which is `max` here. 0: not asked for, so undefined; but who lifts the limit of memory (-1) lifts',
        'this one too. A limit of both without one of memory, or less than it, is refused: throw wrongSwap(WHY).',
      ],
      body: ['return undefined;'],
    }),
    limits('usualV1', {
      title: 'the same, in the files of v1',
      minutes: 10,
      todo: [
        'the same limits in v1, where most files have other names (see the table in the chapter):',
        'memory.limit_in_bytes, memory.memsw.limit_in_bytes (swapV1 has the value), memory.soft_limit_in_bytes;',
        'cpu.shares, cpu.cfs_period_us, cpu.cfs_quota_us; pids.max. Numbers stay numbers, and -1 is no limit;',
        '`asked` turns 0 into undefined. Only pids.max has the word `max`, as in v2.',
      ],
      body: [],
    }),
    oom('counterOf', {
      title: 'where the kernel counts the kills of its out-of-memory killer',
      minutes: 5,
      todo: [
        'the path of the file that counts: memory.oom_control in the cgroup of v1’s controller `memory`,',
        'memory.events in that of v2. A machine that has both mounted has each controller in one of them only.',
      ],
      body: ['return undefined;'],
    }),
    oom('killsIn', {
      title: 'how many it has killed',
      minutes: 5,
      todo: ['the number in the line `oom_kill N`; 0 without such a line. Other lines begin alike.'],
      body: ['return 0;'],
    }),
  ],
  task: [
    'config.json says what a container may use, in words of its own. The kernel wants files, and each of its two',
    'versions has other ones. First, in ten minutes, which limit is which file: `usualV2`, or `usualV1` if you find a',
    'folder /sys/fs/cgroup/memory on your machine. The kernel judges the version that it has; of the other one your lines',
    'are compared with ours. Then where the two measure differently: time and swap. Last, when a container has gone with',
    'exit code 137: was it the kernel, for memory?',
  ],
  hints: [
    'Look at a container that has limits: `./drydock try -m 64m --cpus 0.5 sh`, and in it `ls /sys/fs/cgroup`.',
    'The files are documented: cgroups(7), and the kernel’s cgroup-v2.rst and cgroup-v1/*.rst. A wrong name is ENOENT.',
    'v2: memory.max, memory.swap.max, memory.low, cpu.weight, cpu.max, pids.max, and `max` for no limit.',
  ],
};
