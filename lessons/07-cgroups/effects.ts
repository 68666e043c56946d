/**
 * Checks of lesson cgroups that judge what limits do, in the version that this machine has: a process is refused, one
 * has to wait, one is killed, and the kernel counts it.
 */
import { readFileSync } from 'node:fs';
import { check } from '../../src/learn/check/check.ts';
import { functionOf } from '../../src/learn/check/solved.ts';
import { until } from '../../src/learn/facts.ts';
import type { Place } from '../../src/runtime/cgroup-setup.ts';
import { processesIn } from '../../src/runtime/cgroupfs.ts';
import { placeOf } from '../../src/runtime/isolators/cgroups.ts';
import { withLimits } from './judge.ts';
import { cat, COUNTER, COUNTER_TITLE, here, KILLS, MEMORY_V1, MEMORY_V2, MiB, text, TIME_TITLE, V1 } from './names.ts';
import { cgroupOf, claimOf, countIn, fileOf, versionOf } from './where.ts';

const PROCESSES = 8;
const PATIENCE_MS = 5000;

/** Starts more than it may, and stays with those that it got. */
const MANY = `sh -c 'for i in $(seq ${2 * PROCESSES}); do sleep 1000 & done'; echo over; exec sleep 1000`;

export const processes = check(
  'more processes than its limit a container does not get',
  {
    slot: here('pids'),
    see: `./drydock try --pids-limit ${PROCESSES} sh -c "for i in $(seq ${2 * PROCESSES}); do sleep 9 & done"`,
    hint: ({ members }) => [
      'The controller is `pids`, its file has the same name in both versions, and fork(2) answers EAGAIN at the limit.',
      `${text(members)} processes are members of its cgroup (cgroup.procs): nobody has refused one.`,
      "limit('pids', 'pids.max', most(pids?.limit), 'pids.limit').",
    ],
  },
  async (t) => {
    const container = await t.run({ args: ['sh', '-c', MANY], adjust: withLimits({ pids: { limit: PROCESSES } }) });
    await until(() => container.output().includes('over'), PATIENCE_MS);
    const members = processesIn(cgroupOf(container, 'pids'));
    t.fact('members', members.length);
    t.must(members.includes(container.pid) && members.length <= PROCESSES && /can't fork/.test(container.output()), {
      did: `its first process starts ${2 * PROCESSES} others`,
      kernel: `pids.max is ${text(fileOf(container, 'pids.max'))}, and cgroup.procs lists ${members.length}`,
      wanted: `at most ${PROCESSES}, and "can't fork" for the others`,
    });
  },
);

export const throttled = check(
  'who wants more time than its quota waits, and the kernel counts it',
  {
    slot: here('cpu'),
    needs: versionOf('cpu') === 2 ? [TIME_TITLE] : [],
    see: `./drydock try --cpus 0.1 sh -c 'timeout 1 sh -c "while :; do :; done"; ${cat('cpu.stat')}'`,
    hint: ({ file }) => [
      'cpu.stat of its cgroup counts periods (nr_periods) and those in which it had to wait (nr_throttled).',
      `It was never made to wait: ${text(file)}.`,
      here('cpu') === V1
        ? 'Two files: cpu.cfs_period_us from cpu.period, cpu.cfs_quota_us from cpu.quota; `asked` for both.'
        : "limit('cpu', 'cpu.max', timeV2(cpu), 'cpu.quota').",
    ],
  },
  async (t) => {
    const container = await t.run({
      args: ['sh', '-c', 'while :; do :; done'],
      adjust: withLimits({ cpu: { quota: 10_000, period: 100_000 } }),
    });
    const quota = here('cpu') === V1 ? 'cpu.cfs_quota_us' : 'cpu.max';
    t.fact('file', `${quota} is ${text(fileOf(container, quota))}`);
    const waits = (): number => countIn(fileOf(container, 'cpu.stat'), 'nr_throttled');
    t.must(await until(() => waits() > 0, PATIENCE_MS), {
      did: 'its program never rests',
      kernel: `${quota} is ${text(fileOf(container, quota))}, nr_throttled is ${waits()}`,
      wanted: 'a tenth of a processor, and a wait in each period',
    });
  },
);

const [old, young] = ['/sys/fs/cgroup/memory/box', '/sys/fs/cgroup/unified/box'];
const places: readonly (readonly [machine: string, place: Place, wanted: string | undefined])[] = [
  ['v1', { controllers: { memory: old } }, `${old}/memory.oom_control`],
  ['v2', { controllers: {}, unified: { directory: young, root: young } }, `${young}/memory.events`],
  [
    'hybrid, memory in v1',
    { controllers: { memory: old }, unified: { directory: young, root: young } },
    `${old}/memory.oom_control`,
  ],
  ['no controller for memory', { controllers: {} }, undefined],
];

export const counter = check(
  COUNTER_TITLE,
  {
    slot: COUNTER,
    see: 'grep memory /proc/self/cgroup; findmnt -t cgroup,cgroup2',
    hint: ({ machine, is }) => [
      'v1 counts in memory.oom_control, v2 in memory.events. Which of them has the controller on a given machine?',
      `On a machine with ${text(machine)} you look into ${text(is)}.`,
      'If controllers.memory is there, it is v1, whatever else is mounted; else unified.directory; else undefined.',
    ],
  },
  async (t) => {
    for (const [machine, place, wanted] of places) {
      t.fact('machine', machine);
      const is = t.fact('is', functionOf<(place: Place) => string | undefined>(t, COUNTER)(place));
      t.must(is === wanted, { did: `with ${machine}: ${text(is)}`, kernel: 'was not asked', wanted: text(wanted) });
    }
  },
);

/** Takes four times its limit in one piece, and says how that ended. */
const GREEDY = 'dd if=/dev/zero of=/dev/null bs=64M count=1 2>/dev/null; echo ended with $?; exec sleep 1000';

export const killed = check(
  'what the kernel kills for memory is counted',
  {
    slot: KILLS,
    needs: [versionOf('memory') === 1 ? MEMORY_V1 : MEMORY_V2, COUNTER_TITLE],
    see: './drydock try -m 16m dd if=/dev/zero of=/dev/null bs=64M count=1; echo $?',
    hint: ({ is, kernel }) => [
      'Exit code 137 says that somebody sent SIGKILL. The counter says whether that was the kernel, for memory.',
      `The line says oom_kill ${text(kernel)}; you read ${text(is)}.`,
      'Find the line `oom_kill N` (a regular expression with ^, $ and the flag m), and return N as a number.',
    ],
  },
  async (t) => {
    const limits = { memory: { limit: 16 * MiB, swap: 16 * MiB } };
    const container = await t.run({ args: ['sh', '-c', GREEDY], adjust: withLimits(limits) });
    await until(() => container.output().includes('ended with'), PATIENCE_MS);
    const place = placeOf(claimOf(container));
    const path = functionOf<(place: Place) => string | undefined>(t, COUNTER)(place)!;
    const kernel = t.fact('kernel', countIn(readFileSync(path, 'utf8'), 'oom_kill'));
    const is = t.fact('is', functionOf<(text: string) => number>(t, KILLS)(readFileSync(path, 'utf8')));
    t.must(container.output().includes('ended with 137') && is === kernel, {
      did: `a program that wants 64 MiB ${container.output().trim()}; killsIn returned ${text(is)}`,
      kernel: `${path.split('/').at(-1)}: oom_kill ${kernel}`,
      wanted: `137, and ${kernel}`,
    });
  },
);

const texts: readonly (readonly [text: string, wanted: number])[] = [
  ['oom_kill_disable 0\nunder_oom 0\noom_kill 3\n', 3],
  ['low 0\nhigh 9\nmax 21\noom 7\noom_kill 12\noom_group_kill 1\n', 12],
  ['oom_kill_disable 1\nunder_oom 0\n', 0],
];

export const lines = check(
  'kills are told from the lines that begin alike, and none is 0',
  {
    slot: KILLS,
    see: `./drydock try sh -c '${cat('memory.[eo]*[slt]')}'`,
    hint: ({ text: read, is }) => [
      'Look at the whole file: oom_kill has neighbours. And v1 has that line since Linux 4.13 only.',
      `Out of ${JSON.stringify(read)} you read ${text(is)}.`,
      '/^oom_kill (\\d+)$/m fits that one line; without a match the answer is 0.',
    ],
  },
  async (t) => {
    for (const [read, wanted] of texts) {
      t.fact('text', read);
      const is = t.fact('is', functionOf<(text: string) => number>(t, KILLS)(read));
      t.must(is === wanted, { did: `killsIn returned ${text(is)}`, kernel: read.trim(), wanted: String(wanted) });
    }
  },
);
