/**
 * Checks of lesson cgroups that judge which limit is which file, in both versions.
 */
import { check, type Facts } from '../../src/learn/check/check.ts';
import { functionOf } from '../../src/learn/check/solved.ts';
import { judge, linesOf } from './judge.ts';
import { cat, MEMORY_V1, MEMORY_V2, MiB, SWAP, text, TIME, TIME_TITLE, V1, V2 } from './names.ts';

const found = ({ file, is, wanted }: Facts): string =>
  `In ${text(file)} there would be ${text(is)}, and it has to be ${text(wanted)}.`;

export const memoryV2 = check(
  MEMORY_V2,
  {
    slot: V2,
    see: `./drydock try -m 64m sh -c '${cat('memory.max')}'`,
    hint: (facts) => [
      'The fields of `memory` are limit and reservation. cgroup-v2.rst, "Memory Interface Files", has the files.',
      facts.is === '-1'
        ? 'In the config -1 is no limit. v2 does not take -1: its word is `max`.'
        : facts.is === '0'
          ? 'In the config 0 is "not asked for". A limit of 0 bytes would be the end of the container.'
          : found(facts),
      "limit('memory', 'memory.max', most(memory?.limit), 'memory.limit'), and memory.low from reservation alike.",
    ],
  },
  (t) =>
    judge(
      t,
      2,
      linesOf(V2),
      {
        resources: { memory: { limit: 64 * MiB, reservation: 32 * MiB } },
        files: { 'memory.max': String(64 * MiB), 'memory.low': String(32 * MiB) },
      },
      { resources: { memory: { limit: -1 } }, files: { 'memory.max': 'max' } },
      {
        resources: { memory: { limit: 0, reservation: 0 } },
        files: { 'memory.max': undefined, 'memory.low': undefined },
      },
    ),
);

export const time = check(
  TIME_TITLE,
  {
    slot: TIME,
    see: `./drydock try --cpus 0.5 sh -c '${cat('cpu.max')}'`,
    hint: (facts) => [
      'cpu.max is two numbers in one line: so much time in each period, both in microseconds.',
      `${found(facts)} No quota, or -1, is the word \`max\`; no period is the kernel's own, 100000.`,
      'Neither of them: undefined. Else `${quota > 0 ? quota : "max"} ${period || 100000}`.',
    ],
  },
  (t) =>
    judge(
      t,
      2,
      (bench, { cpu }) => ({ 'cpu.max': functionOf<(cpu: unknown) => string | undefined>(bench, TIME)(cpu) }),
      { resources: { cpu: { quota: 50_000, period: 200_000 } }, files: { 'cpu.max': '50000 200000' } },
      { resources: { cpu: { quota: 50_000 } }, files: { 'cpu.max': '50000 100000' } },
      { resources: { cpu: { period: 50_000 } }, files: { 'cpu.max': 'max 50000' } },
      { resources: { cpu: { quota: -1 } }, files: { 'cpu.max': 'max 100000' } },
      { resources: { cpu: { shares: 512 } }, files: { 'cpu.max': undefined } },
    ),
);

export const swap = check(
  'v2: swap is what is left when memory is taken away',
  {
    slot: SWAP,
    see: `./drydock try -m 64m --memory-swap 96m sh -c '${cat('memory.swap.max')}'`,
    hint: (facts) => [
      'The config, and v1, limit memory and swap TOGETHER. v2 limits swap alone. What follows?',
      facts.is === facts.both
        ? `${text(facts.both)} is memory and swap together: in memory.swap.max it would allow memory.limit too much.`
        : facts.lax === true
          ? 'A limit of both that is less than that of memory alone, or without one, makes no sense: it is an error.'
          : found(facts),
      'swap - limit; -1 is `max`; 0 is undefined, or `max` when memory.limit is -1; throw wrongSwap(…) when swap < limit.',
    ],
  },
  async (t) => {
    const run = functionOf<(memory: unknown) => string | undefined>(t, SWAP);
    t.fact('both', String(96 * MiB));
    await judge(
      t,
      2,
      (_bench, { memory }) => ({ 'memory.swap.max': run(memory) }),
      {
        resources: { memory: { limit: 64 * MiB, swap: 96 * MiB } },
        files: { 'memory.swap.max': String(32 * MiB) },
      },
      { resources: { memory: { limit: 64 * MiB, swap: 64 * MiB } }, files: { 'memory.swap.max': '0' } },
      { resources: { memory: { limit: 64 * MiB, swap: -1 } }, files: { 'memory.swap.max': 'max' } },
      { resources: { memory: { limit: 64 * MiB } }, files: { 'memory.swap.max': undefined } },
      { resources: { memory: { limit: -1 } }, files: { 'memory.swap.max': 'max' } },
    );
    for (const memory of [{ limit: 64 * MiB, swap: 32 * MiB }, { swap: 32 * MiB }]) {
      const is = refusal(() => run(memory));
      t.fact('lax', true);
      t.must(is === undefined, {
        did: `swapV2(${JSON.stringify(memory)}) returned ${text(is)}`,
        kernel: 'was not asked: no kernel can obey this',
        wanted: 'an error, of wrongSwap',
      });
    }
  },
);

/** What it returns, if it does not throw. */
function refusal(work: () => unknown): unknown {
  try {
    return work() ?? 'undefined';
  } catch {
    return undefined;
  }
}

export const memoryV1 = check(
  MEMORY_V1,
  {
    slot: V1,
    see: `./drydock try -m 64m sh -c '${cat('memory*limit_in_bytes')}'`,
    hint: (facts) => [
      'v1 has a file for memory, one for memory and swap together (memsw), and one for the reservation (soft).',
      facts.file === 'memory.memsw.limit_in_bytes' && facts.is === undefined
        ? 'Without memory.memsw.limit_in_bytes, what does not fit into memory goes to swap, as much as there is.'
        : facts.file === 'memory.memsw.limit_in_bytes'
          ? `${found(facts)} v1 counts both together, as the config does: nothing is taken away.`
          : `${found(facts)} v1 takes -1 for no limit.`,
      "limit('memory', 'memory.memsw.limit_in_bytes', swapV1(memory), 'memory.swap'); the others with asked(…).",
    ],
  },
  (t) =>
    judge(
      t,
      1,
      linesOf(V1),
      {
        resources: { memory: { limit: 64 * MiB, swap: 96 * MiB, reservation: 32 * MiB } },
        files: {
          'memory.limit_in_bytes': String(64 * MiB),
          'memory.memsw.limit_in_bytes': String(96 * MiB),
          'memory.soft_limit_in_bytes': String(32 * MiB),
        },
      },
      {
        resources: { memory: { limit: -1 } },
        files: { 'memory.limit_in_bytes': '-1', 'memory.memsw.limit_in_bytes': '-1' },
      },
      { resources: { memory: { limit: 0 } }, files: { 'memory.limit_in_bytes': undefined } },
    ),
);

export const restV2 = check(
  'v2: time, a weight, and the number of processes have their files',
  {
    slot: V2,
    needs: [MEMORY_V2],
    see: `./drydock try -c 512 --cpus 0.5 sh -c '${cat('cpu.[mw]*')}'`,
    hint: (facts) => [
      'Three files: cpu.weight, cpu.max, pids.max. Each comes out of another field of the config.',
      facts.file === 'cpu.weight'
        ? `${found(facts)} Shares go from 2 to 262144, a weight from 1 to 10000: \`weightOf\` turns one into the other.`
        : `${found(facts)} No limit is \`max\` in v2.`,
      'cpu.weight: cpu?.shares ? weightOf(cpu.shares) : undefined. cpu.max: timeV2(cpu). pids.max: most(pids?.limit).',
    ],
  },
  (t) =>
    judge(
      t,
      2,
      linesOf(V2),
      {
        resources: { cpu: { shares: 512, quota: 50_000 }, pids: { limit: 20 } },
        files: { 'cpu.weight': '20', 'cpu.max': '50000 100000', 'pids.max': '20' },
      },
      { resources: { pids: { limit: -1 } }, files: { 'pids.max': 'max', 'cpu.weight': undefined } },
    ),
);

export const restV1 = check(
  'v1: shares, quota, period and processes have their files',
  {
    slot: V1,
    needs: [MEMORY_V1],
    see: `./drydock try -c 512 --cpus 0.5 sh -c '${cat('cpu.[cs]*s')}'`,
    hint: (facts) => [
      'In v1 shares stay shares, and quota and period are two files of the controller `cpu`.',
      facts.file === 'pids.max'
        ? `${found(facts)} It is the one file of v1 whose word for no limit is \`max\`.`
        : `${found(facts)} -1 stays -1 here; 0 is not asked for.`,
      'cpu.shares, cpu.cfs_period_us and cpu.cfs_quota_us with asked(…); pids.max with most(pids?.limit).',
    ],
  },
  (t) =>
    judge(
      t,
      1,
      linesOf(V1),
      {
        resources: { cpu: { shares: 512, quota: 50_000, period: 200_000 }, pids: { limit: 20 } },
        files: {
          'cpu.shares': '512',
          'cpu.cfs_period_us': '200000',
          'cpu.cfs_quota_us': '50000',
          'pids.max': '20',
        },
      },
      {
        resources: { cpu: { quota: -1, shares: 0 }, pids: { limit: -1 } },
        files: { 'cpu.cfs_quota_us': '-1', 'cpu.shares': undefined, 'pids.max': 'max' },
      },
    ),
);
