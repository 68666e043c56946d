/** What a parent that never asks allows, and what one that asks stops. */
import { breaking, type Attack } from '../../src/learn/attack.ts';
import { childrenOf, until } from '../../src/learn/facts.ts';
import { readStat } from '../../src/linux/procfs.ts';
import { upTo } from '../up-to.ts';

const CHILDREN = 20;

/** Each zombie holds a number of the process table; neither rights nor isolators stop who collects them. */
const zombies: Attack = {
  name: `${CHILDREN} children that nobody waits for`,
  undefended: 'the parent never asks',
  defended: 'the parent waits',
  async attempt(target, isDefended) {
    const script = `for i in $(seq ${CHILDREN}); do sleep 0.1 & done; ${isDefended ? 'wait; ' : ''}exec sleep 1000`;
    const { pid } = await target.container({ args: ['sh', '-c', script], stack: upTo('process') });
    await until(() => readStat(pid)?.name === 'sleep');
    const states = (): string[] => childrenOf(pid).map(({ state }) => state);
    await until(() => states().every((state) => state === 'Z'));
    return { succeeded: states().length === CHILDREN, seen: `${states().length} zombies` };
  },
};

/** What is dead cannot be killed: only its parent can take it away. */
const immortal: Attack = {
  name: 'kill -9 on a zombie',
  undefended: 'killed again, and again',
  defended: 'its parent is ended',
  async attempt(target, isDefended) {
    const { pid } = await target.outsider(['sh', '-c', 'sleep 0 & exec sleep 1000']);
    await until(() => childrenOf(pid)[0]?.state === 'Z' && readStat(pid)?.name === 'sleep');
    const zombie = childrenOf(pid)[0]!.pid;
    process.kill(isDefended ? pid : zombie, 'SIGKILL');
    // In one direction nothing happens; a second is long enough for whatever would.
    await until(() => !readStat(zombie), isDefended ? 5000 : 1000);
    const state = readStat(zombie)?.state;
    return { succeeded: state === 'Z', seen: state ? `State: ${state}` : 'gone' };
  },
};

export const attacks: readonly Attack[] = [zombies, immortal];

export const breakIt = breaking(attacks, {
  lesson: 'process',
  seconds: 4,
  question: 'What is left of a process that has ended, and who can take it away?',
  turn: ['./drydock read process', 'why a parent has to ask'],
});
