/** What learners get wrong in lesson cgroups, the likely things first. */
import type { Mistake } from '../../src/learn/mistake.ts';
import { counter, killed, lines, processes, throttled } from './effects.ts';
import { restV1, restV2, swap } from './files.ts';
import { COUNTER, here, KILLS, MEMORY_V1, MEMORY_V2, SWAP, TIME, TIME_TITLE, V1, V2 } from './names.ts';

const memoryV2 = [
  "limit('memory', 'memory.max', most(memory?.limit), 'memory.limit');",
  "limit('memory', 'memory.swap.max', swapV2(memory), 'memory.swap');",
  "limit('memory', 'memory.low', most(memory?.reservation), 'memory.reservation');",
];
const restOfV2 = [
  "limit('cpu', 'cpu.weight', cpu?.shares ? weightOf(cpu.shares) : undefined, 'cpu.shares');",
  "limit('cpu', 'cpu.max', timeV2(cpu), 'cpu.quota');",
];
const pids = "limit('pids', 'pids.max', most(pids?.limit), 'pids.limit');";
const memoryV1 = [
  "limit('memory', 'memory.limit_in_bytes', asked(memory?.limit), 'memory.limit');",
  "limit('memory', 'memory.memsw.limit_in_bytes', swapV1(memory), 'memory.swap');",
  "limit('memory', 'memory.soft_limit_in_bytes', asked(memory?.reservation), 'memory.reservation');",
];
const restOfV1 = [
  "limit('cpu', 'cpu.shares', asked(cpu?.shares), 'cpu.shares');",
  "limit('cpu', 'cpu.cfs_period_us', asked(cpu?.period), 'cpu.period');",
  "limit('cpu', 'cpu.cfs_quota_us', asked(cpu?.quota), 'cpu.quota');",
];

/** The reference of this machine's version without its lines for a controller. */
function without(controller: string): string[] {
  const all = here(controller) === V1 ? [...memoryV1, ...restOfV1, pids] : [...memoryV2, ...restOfV2, pids];
  return all.filter((line) => !line.startsWith(`limit('${controller}'`));
}

export const mistakes: readonly Mistake[] = [
  {
    title: 'memory and swap together are written into memory.swap.max',
    slot: SWAP,
    body: ["return memory?.swap === -1 ? 'max' : memory?.swap ? String(memory.swap) : undefined;"],
    fails: swap.title,
    hint: /together/,
  },
  {
    title: '-1 is taken for a number in v2',
    slot: V2,
    body: [memoryV2[0]!.replace('most', 'asked'), ...memoryV2.slice(1), ...restOfV2, pids],
    fails: MEMORY_V2,
    hint: /v2 does not take -1/,
  },
  {
    title: 'the second file of v1, for memory with swap, is forgotten',
    slot: V1,
    body: [memoryV1[0]!, memoryV1[2]!, ...restOfV1, pids],
    fails: MEMORY_V1,
    hint: /goes to swap/,
  },
  {
    title: '0 bytes are written where nothing was asked for',
    slot: V2,
    body: [memoryV2[0]!.replace('most(memory?.limit)', 'memory?.limit'), ...memoryV2.slice(1), ...restOfV2, pids],
    fails: MEMORY_V2,
    hint: /0 is "not asked for"|v2 does not take -1/,
  },
  {
    title: 'a period without a quota is left out',
    slot: TIME,
    body: ['return cpu?.quota ? `${cpu.quota} ${cpu.period || 100_000}` : undefined;'],
    fails: TIME_TITLE,
    hint: /`max`/,
  },
  {
    title: 'swap is taken out of both in v1, too',
    slot: V1,
    body: [
      memoryV1[0]!,
      "limit('memory', 'memory.memsw.limit_in_bytes', swapV2(memory), 'memory.swap');",
      memoryV1[2]!,
      ...restOfV1,
      pids,
    ],
    fails: MEMORY_V1,
    hint: /nothing is taken away/,
  },
  {
    title: 'swap that is less than memory is accepted',
    slot: SWAP,
    body: [
      'const { limit = 0, swap = 0 } = memory ?? {};',
      "if (swap === 0) return limit === -1 ? 'max' : undefined;",
      "if (swap === -1) return 'max';",
      'return String(Math.max(swap - limit, 0));',
    ],
    fails: swap.title,
    hint: /it is an error/,
  },
  {
    title: 'the processes are forgotten, in the version of this machine',
    slot: here('pids'),
    body: without('pids'),
    fails: processes.title,
    hint: /nobody has refused/,
  },
  {
    title: 'the time is forgotten, in the version of this machine',
    slot: here('cpu'),
    body: without('cpu'),
    fails: throttled.title,
    hint: /never made to wait/,
  },
  {
    title: 'shares are taken for a weight',
    slot: V2,
    body: [...memoryV2, "limit('cpu', 'cpu.weight', cpu?.shares, 'cpu.shares');", restOfV2[1]!, pids],
    fails: restV2.title,
    hint: /weightOf/,
  },
  {
    title: '-1 is taken for a number in the one file of v1 that has a word for it',
    slot: V1,
    body: [...memoryV1, ...restOfV1, pids.replace('most', 'asked')],
    fails: restV1.title,
    hint: /the one file of v1/,
  },
  {
    title: 'v2 is preferred wherever it is mounted',
    slot: COUNTER,
    body: [
      "if (unified) return join(unified.directory, 'memory.events');",
      "return controllers.memory && join(controllers.memory, 'memory.oom_control');",
    ],
    fails: counter.title,
    hint: /If controllers\.memory is there, it is v1/,
  },
  {
    title: 'a line that begins alike is read',
    slot: KILLS,
    body: ['return Number(/oom\\D*(\\d+)/.exec(text)?.[1] ?? 0);'],
    fails: killed.title,
    hint: /oom_kill N/,
  },
  {
    title: 'there is no answer where the line is missing',
    slot: KILLS,
    body: ['return Number(/^oom_kill (\\d+)$/m.exec(text)?.[1]);'],
    fails: lines.title,
    hint: /without a match the answer is 0/,
  },
];
