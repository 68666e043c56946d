/**
 * Demo of lesson pid: a container that can kill what is not its own, then one that cannot; one process with two
 * numbers; and what becomes of orphans when number 1 does not care.
 */
import { processFacts, childrenOf, until } from '../../src/learn/facts.ts';
import type { Demo, Show, Verdict } from '../../src/learn/demo/demo.ts';
import { quote } from '../../src/learn/source.ts';
import type { LabContainer } from '../../src/learn/stage.ts';
import { cloneFlags, flagNames } from '../../src/linux/constants.ts';
import { isolators, type AnyIsolator } from '../../src/runtime/isolators/index.ts';
import { cloneFlag } from '../../src/runtime/namespaces.ts';
import type { Spec } from '../../src/runtime/spec.ts';

const ORPHANS = 5;
const asLong = ['sleep', '1000'];
const withoutPid = isolators.filter(({ name }) => name !== 'pid');
const careless = ['sh', '-c', `for i in $(seq ${ORPHANS}); do (sleep 0.2 &); done; exec sleep 1000`];

const gone = /No such process/;

export const demo: Demo = {
  lesson: 'pid',
  seconds: 5,
  question: 'Which processes can a container see, and which can it kill?',
  scenes: [
    {
      title: 'WITHOUT pid',
      guess: 'how many processes will ps show?',
      async play(show) {
        const { pid, ended } = await victim(show);
        const container = await show.container({ args: asLong, stack: withoutPid });
        await show.inside(container, 'ps | wc -l');
        await show.inside(container, `kill ${pid}`);
        await Promise.race([ended, until(() => false, 1000)]);
        await show.outside(`kill -0 ${pid}`, (said) => (gone.test(said) ? ['BAD', 'it was yours'] : ['GOOD']));
        show.why('it has its own /proc, but the processes in it are still those outside');
      },
    },
    {
      title: 'WITH pid: one more flag in the same clone(2)',
      guess: 'and now, how many?',
      async play(show) {
        const { pid } = await victim(show);
        const container = await show.container({ args: asLong });
        const { file, start } = await quote('src/runtime/isolators/pid.ts#namespaces');
        show.plus(`clone(… | ${difference(container.spec)})`, `${file.replace('src/runtime/', '')}:${start}`);
        await show.inside(container, `kill ${pid}`, (said) => (gone.test(said) ? ['GOOD'] : ['BAD', 'it was yours']));
        await show.inside(container, 'ps -o pid,comm');
        await show.outside(`kill -0 ${pid} && echo alive`, (said) =>
          said === 'alive' ? ['GOOD'] : ['BAD', 'it was yours'],
        );
      },
    },
    {
      title: 'ONE PROCESS, TWO NUMBERS (the kernel, seen from outside)',
      guess: 'is the container’s process in the list of processes outside?',
      async play(show) {
        const container = await show.container({ args: asLong });
        const { numbers, name } = processFacts(container.pid)!;
        show.fact('NSpid', `${numbers.join('  --->  ')}    ${name}`);
        await show.outside(`grep NSpid /proc/${container.pid}/status`);
        await show.inside(container, 'grep NSpid /proc/1/status');
        show.why('a process has a number in its own namespace and in each one around it; nobody sees further out');
      },
    },
    {
      title: 'PID 1 HAS DUTIES',
      guess: `${ORPHANS} orphans end in the container: what becomes of them?`,
      async play(show) {
        const without = await show.container({ args: careless });
        show.fact('PID 1 is sleep', `${ORPHANS} orphans end`);
        show.fact('  their state', await statesAfterwards(without), await verdictOn(without));
        const guarded = await show.container({ args: careless, init: true });
        show.fact('PID 1 is drydock-init', `${ORPHANS} orphans end        (try --init)`);
        show.fact('  their state', await statesAfterwards(guarded), await verdictOn(guarded));
        show.why('an orphan becomes a child of PID 1, and a zombie (Z) until PID 1 has waited for it');
      },
    },
  ],
  turn: ['./drydock begin pid', 'write PID 1’s loop, about 45 min'],
};

/** A process of ours that a container might kill. */
async function victim(show: Show): Promise<{ pid: number; ended: Promise<void> }> {
  const one = await show.outsider(['sleep', '7777']);
  show.fact('outside $ sleep 7777 &', `pid ${one.pid}, beside the container`);
  return one;
}

/** The clone flags that the whole stack asks for and the one without `pid` does not. */
function difference(spec: Spec): string {
  const flags = (stack: readonly AnyIsolator[]): number =>
    stack
      .flatMap((isolator) => isolator.namespaces?.(spec, 'create') ?? [])
      .filter(({ how }) => how === 'clone')
      .reduce((sum, { type }) => sum | cloneFlag[type], 0);
  return flagNames(cloneFlags, flags(isolators) & ~flags(withoutPid)).replace(/CLONE_/g, '');
}

/** `Z Z Z Z Z`, or that nobody is there any more: once no orphan runs. */
async function statesAfterwards({ pid }: LabContainer): Promise<string> {
  await until(() => orphanStates(pid).length === ORPHANS, 1000);
  // Nobody waits, and all stay; or somebody does, and in between there are fewer and fewer.
  const isOver = (states: string[]): boolean => states.length === 0 || states.join('') === 'Z'.repeat(ORPHANS);
  await until(() => isOver(orphanStates(pid)), 3000);
  const states = orphanStates(pid);
  return states.length ? states.join(' ') : '(none: gone)';
}

function orphanStates(pid: number): string[] {
  return childrenOf(pid)
    .filter(({ command }) => command !== asLong.join(' '))
    .map(({ state }) => state);
}

async function verdictOn({ pid }: LabContainer): Promise<Verdict> {
  return orphanStates(pid).includes('Z') ? ['BAD', 'nobody waits for them'] : ['GOOD'];
}
