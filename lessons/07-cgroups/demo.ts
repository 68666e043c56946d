/**
 * Demo of lesson cgroups: a container that takes as many processes as it likes, and one that cannot; memory, and who
 * ends what wants more; time, and who waits; a whole container that stands still.
 */
import { readFileSync } from 'node:fs';
import { quote } from '../../src/learn/source.ts';
import { until } from '../../src/learn/facts.ts';
import type { Demo, Verdict } from '../../src/learn/demo/demo.ts';
import { processesIn } from '../../src/runtime/cgroupfs.ts';
import { pause, resume } from '../../src/runtime/pause.ts';
import { withLimits } from './judge.ts';
import { here, MiB, V1 } from './names.ts';
import { cgroupOf, countIn, fileOf } from './where.ts';

const MANY = 100;
const LIMIT = 20;
const many = `sh -c 'for i in $(seq ${MANY}); do sleep 1000 & done'; echo over; exec sleep 1000`;
const greedy = 'dd if=/dev/zero of=/dev/null bs=64M count=1 2>/dev/null; echo ended with $?; exec sleep 1000';

export const demo: Demo = {
  lesson: 'cgroups',
  seconds: 6,
  question: 'How much of the machine can one container take?',
  scenes: [
    {
      title: 'WITHOUT a limit',
      guess: `it wants ${MANY} processes of this machine’s: how many does it get?`,
      async play(show) {
        const container = await show.container({ args: ['sh', '-c', many] });
        await until(() => container.output().includes('over'));
        const { length } = processesIn(cgroupOf(container, 'pids'));
        show.fact(`inside  # start ${MANY} sleeps`, '(silence)');
        show.fact('its cgroup, from outside', `${length} processes`, ['BAD', 'all it wants']);
        show.why('namespaces hide what others have; they do not say how much one may take of it');
      },
    },
    {
      title: `WITH --pids-limit ${LIMIT}: one number in one file`,
      guess: 'and now?',
      async play(show) {
        const { start } = await quote(`src/runtime/cgroup-limits.ts#${here('pids').split('#')[1]}`);
        show.plus(`pids.max = ${LIMIT}`, `cgroup-limits.ts:${start}`);
        const container = await show.container({
          args: ['sh', '-c', many],
          adjust: withLimits({ pids: { limit: LIMIT } }),
        });
        await until(() => container.output().includes('over'));
        const { length } = processesIn(cgroupOf(container, 'pids'));
        show.fact(`inside  # start ${MANY} sleeps`, container.output().split('\n')[0]!);
        show.fact('its cgroup, from outside', `${length} processes`, length <= LIMIT ? ['GOOD'] : ['BAD']);
        await show.outside(`cat ${cgroupOf(container, 'pids')}/pids.events`);
        show.why('fork(2) answers EAGAIN, and the kernel counts how often it has said so');
      },
    },
    {
      title: 'MEMORY: nobody is asked, somebody is killed',
      guess: 'it wants 64 MiB, its limit is 16: what does malloc(3) say?',
      async play(show) {
        const limits = { memory: { limit: 16 * MiB, swap: 16 * MiB } };
        const container = await show.container({ args: ['sh', '-c', greedy], adjust: withLimits(limits) });
        await until(() => container.output().includes('ended'));
        show.fact('inside  # dd bs=64M', container.output().trim());
        const file = here('memory') === V1 ? 'memory.oom_control' : 'memory.events';
        const kills = countIn(fileOf(container, file), 'oom_kill');
        show.fact(`${file}, from outside`, `oom_kill ${kills}`, kills > 0 ? ['GOOD', 'it says why'] : ['BAD']);
        await show.inside(container, 'head -1 /proc/meminfo');
        show.why('malloc says yes; the kill comes at the touch. And /proc/meminfo shows the whole machine still');
      },
    },
    {
      title: 'TIME, AND STANDING STILL',
      guess: 'a loop that never rests, with --cpus 0.1: what becomes of it?',
      async play(show) {
        const container = await show.container({
          args: ['sh', '-c', 'while :; do :; done'],
          adjust: withLimits({ cpu: { quota: 10_000, period: 100_000 } }),
        });
        const stat = (): string | undefined => fileOf(container, 'cpu.stat');
        await until(() => countIn(stat(), 'nr_throttled') >= 5);
        const [periods, waits] = ['nr_periods', 'nr_throttled'].map((name) => countIn(stat(), name));
        show.fact('cpu.stat, from outside', `${periods} periods, it had to wait in ${waits}`, ['GOOD']);
        const run = process.env.DRYDOCK_RUN ?? '/run/drydock';
        await pause(run, container.id);
        const [before, after] = [timeOf(container.pid), await later(() => timeOf(container.pid))];
        show.fact('frozen for 0.3 s', `its time: ${before} ticks, then ${after}`, verdictOn(before === after));
        resume(run, container.id);
        show.fact('resumed', `its time moves: ${await until(() => timeOf(container.pid) > after)}`, ['GOOD']);
        show.why('a cgroup is counted, limited, frozen and found as one, whatever its processes do');
      },
    },
  ],
  turn: ['./drydock begin cgroups', 'write the files of both versions, 45 min'],
};

const verdictOn = (isGood: boolean): Verdict => (isGood ? ['GOOD', 'not a tick'] : ['BAD']);

/** Clock ticks that a process has used: utime and stime of proc_pid_stat(5). */
function timeOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
  return Number(fields[14 - 3]) + Number(fields[15 - 3]);
}

async function later<T>(look: () => T): Promise<T> {
  await new Promise((resolve) => setTimeout(resolve, 300));
  return look();
}
