/**
 * Two ways in which a container takes from its neighbours: all processes, and, under a limit of memory, the swap.
 *
 * The fork bomb always goes off in an outer cgroup that has a limit of its own, with a neighbour beside it: without a
 * limit for the container it takes all that there is in there, and the neighbour cannot fork any more. The machine can.
 */
import { mkdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { breaking, type Attack } from '../../src/learn/attack.ts';
import { until } from '../../src/learn/facts.ts';
import type { LabContainer, LabOptions } from '../../src/learn/stage.ts';
import { delegate } from '../../src/runtime/cgroup-setup.ts';
import { hierarchies } from '../../src/runtime/cgroupfs.ts';
import type { Resources } from '../../src/runtime/resources.ts';
import { withLimits } from './judge.ts';
import { MiB } from './names.ts';
import { countIn, fileOf } from './where.ts';

/** For the bomb and its neighbour together, and for the bomb alone. */
const AROUND = 40;
const OWN = 20;
const PATIENCE_MS = 20_000;

/** A shell that starts one process after another, and that a fork(2) that was refused does not end: it is interactive. */
const BOMB = 'yes "sleep 1000 &" | sh -i 2>/dev/null';
/** Forks now and then, as every shell does. One that cannot ends at once. */
const NEIGHBOUR = 'while :; do (:); sleep 0.01; done';

const forkBomb: Attack = {
  name: 'a fork bomb',
  undefended: 'no limit of its own',
  defended: `--pids-limit ${OWN}`,
  attempt: (target, isDefended) =>
    inOuterCgroup(async (outer) => {
      const neighbour = await target.container(below(outer, 'neighbour', NEIGHBOUR, {}));
      const bomb = await target.container(below(outer, 'bomb', BOMB, isDefended ? { pids: { limit: OWN } } : {}));
      try {
        const hasHit = (): boolean => countIn(fileOf(bomb, 'pids.events'), 'max') > 0;
        const isRefused = (): boolean => /can't fork/.test(neighbour.output());
        await until(() => isRefused() || (isDefended && hasHit()), PATIENCE_MS);
        // Where the bomb is held, the neighbour has its chance to be refused all the same.
        if (isDefended) await until(isRefused, 500);
        const succeeded = isRefused();
        return { succeeded, seen: succeeded ? 'its neighbour cannot fork any more' : 'its neighbour goes on' };
      } finally {
        await bomb.remove();
        await neighbour.remove();
      }
    }),
};

function below(outer: string, name: string, script: string, resources: Resources): LabOptions {
  const limited = withLimits(resources);
  return {
    args: ['sh', '-c', script],
    adjust(spec) {
      const { linux, ...rest } = limited(spec);
      return { ...rest, linux: { ...linux, cgroupsPath: `${outer}/${name}` } };
    },
  };
}

/** A cgroup with a limit, in the hierarchy that has the controller; the containers' own are made below it. */
async function inOuterCgroup<T>(work: (path: string) => Promise<T>): Promise<T> {
  const path = `/drydock-bomb-${process.pid}`;
  const all = hierarchies();
  const pids = all.find(({ controllers }) => controllers.includes('pids')) ?? all.find(({ version }) => version === 2);
  const directory = join(pids!.mountPoint, path);
  mkdirSync(directory);
  try {
    if (pids!.version === 2) delegate(join(directory, 'inside'), pids!.mountPoint);
    writeFileSync(join(directory, 'pids.max'), String(AROUND));
    return await work(path);
  } finally {
    await until(() => removed(directory));
  }
}

// The kernel lets go of the last process a moment after it has ended.
function removed(directory: string): boolean {
  try {
    rmdirSync(directory);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EBUSY') return false;
    throw error;
  }
}

const LIMIT = 32 * MiB;

/** For years `docker info` said "WARNING: No swap limit support", and a limit of memory was no limit of what is used. */
const swap: Attack = {
  name: 'a limit of memory alone',
  undefended: 'memory limited, swap not',
  defended: 'memory and swap limited together',
  async attempt(target, isDefended) {
    const memory = { limit: LIMIT, ...(isDefended ? { swap: LIMIT } : {}) };
    const container = await target.container({ args: ['sleep', '1000'], adjust: withLimits({ memory }) });
    const most = mayUse(container);
    const inWords = most > 2 ** 50 ? 'as much as there is' : `${most / MiB} MiB`;
    return { succeeded: most > LIMIT, seen: `limit ${LIMIT / MiB} MiB; with swap it may use ${inWords}` };
  },
};

/** Memory and swap together, as the kernel has it. */
function mayUse(container: LabContainer): number {
  const number = (text: string | undefined): number => (text === 'max' ? Infinity : Number(text ?? Infinity));
  const both = fileOf(container, 'memory.memsw.limit_in_bytes');
  if (both !== undefined) return number(both);
  return number(fileOf(container, 'memory.max')) + number(fileOf(container, 'memory.swap.max'));
}

export const attacks: readonly Attack[] = [forkBomb, swap];

export const breakIt = breaking(attacks, {
  lesson: 'cgroups',
  seconds: 6,
  question: 'What can a container take from its neighbours?',
  turn: ['./drydock read cgroups', 'why a limit of memory needs a second one'],
});
