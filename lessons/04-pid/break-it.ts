/** What a careless PID 1 allows, and what one that does its duties stops. */
import { breaking, type Attack } from '../../src/learn/attack.ts';
import { childrenOf, until } from '../../src/learn/facts.ts';
import { readStat } from '../../src/linux/procfs.ts';

const ZOMBIES = 50;
const QUIET_MS = 500;

const sides = { undefended: 'PID 1 is the program', defended: 'PID 1 is drydock-init' };
const init = (isDefended: boolean): { init?: true } => (isDefended ? { init: true } : {});

/** Orphans that nobody waits for keep their numbers: enough of them, and nothing can be started any more. */
const zombies: Attack = {
  ...sides,
  name: `${ZOMBIES} zombies`,
  async attempt(target, isDefended) {
    const script = `for i in $(seq ${ZOMBIES}); do (sleep 0.1 &); done; echo made; exec sleep 1000`;
    const { pid, output } = await target.container({ args: ['sh', '-c', script], ...init(isDefended) });
    await until(() => output().includes('made'), 5000);
    const count = (): number => childrenOf(pid).filter(({ name, state }) => name === 'sleep' && state === 'Z').length;
    // Either all of them are zombies, or somebody has waited for all: the program itself may be left.
    await until(() => count() === ZOMBIES || childrenOf(pid).length <= 1, 10_000);
    await until(() => count() === 0, QUIET_MS);
    return { succeeded: count() === ZOMBIES, seen: `${count()} of ${ZOMBIES} are zombies` };
  },
};

/** The kernel drops signals for which PID 1 has no handler: whoever stops the container politely waits in vain. */
const deaf: Attack = {
  ...sides,
  name: 'a PID 1 that is deaf to SIGTERM',
  async attempt(target, isDefended) {
    const container = await target.container({ args: ['sleep', '1000'], ...init(isDefended) });
    await until(() => childrenOf(container.pid).length > 0 || readStat(container.pid)?.name === 'sleep', 1000);
    process.kill(container.pid, 'SIGTERM');
    const code = await container.ended(QUIET_MS);
    return { succeeded: code === undefined, seen: code === undefined ? 'it still runs' : `it has ended with ${code}` };
  },
};

export const attacks: readonly Attack[] = [zombies, deaf];

export const breakIt = breaking(attacks, {
  lesson: 'pid',
  seconds: 4,
  question: 'What can a container do to itself when its PID 1 does not care?',
  turn: ['./drydock read pid', 'why the kernel treats PID 1 like no other'],
});
