/**
 * What a careless PID 1 allows, and what one that does its duties stops.
 *
 * Both attacks are tried in both directions: a defence that never let anything through in the first place proves
 * nothing. `./drydock demo pid --break-it` plays them; a test asserts them.
 */
import { readStat } from '../../src/linux/procfs.ts';
import { childrenOf, until } from '../../src/learn/facts.ts';
import type { Demo, Show } from '../../src/learn/demo/demo.ts';
import type { LabContainer, LabOptions } from '../../src/learn/stage.ts';

const ZOMBIES = 50;
const QUIET_MS = 500;

export interface Attack {
  readonly name: string;
  /** The container to attack; `init` is decided by who attacks. */
  readonly target: LabOptions;
  /** True when the attack got what it wanted; `seen` is what the kernel says then. */
  attempt(container: LabContainer): Promise<{ succeeded: boolean; seen: string }>;
}

/** Orphans that nobody waits for keep their numbers: enough of them, and nothing can be started any more. */
const zombies: Attack = {
  name: `${ZOMBIES} zombies`,
  target: { args: ['sh', '-c', `for i in $(seq ${ZOMBIES}); do (sleep 0.1 &); done; echo made; exec sleep 1000`] },
  async attempt(container) {
    const { pid } = container;
    await until(() => container.output().includes('made'), 5000);
    const states = (): string[] =>
      childrenOf(pid)
        .filter(({ name }) => name === 'sleep')
        .map(({ state }) => state);
    const count = (): number => states().filter((state) => state === 'Z').length;
    await until(() => !states().includes('S') || count() === ZOMBIES || states().length <= 1, 3000);
    await until(() => count() === 0, QUIET_MS);
    return { succeeded: count() === ZOMBIES, seen: `${count()} of ${ZOMBIES} are zombies` };
  },
};

/** The kernel drops signals for which PID 1 has no handler: whoever stops the container politely waits in vain. */
const deaf: Attack = {
  name: 'a PID 1 that is deaf to SIGTERM',
  target: { args: ['sleep', '1000'] },
  async attempt(container) {
    await until(() => childrenOf(container.pid).length > 0 || readStat(container.pid)?.name === 'sleep', 1000);
    process.kill(container.pid, 'SIGTERM');
    const code = await container.ended(QUIET_MS);
    return { succeeded: code === undefined, seen: code === undefined ? 'it still runs' : `it has ended with ${code}` };
  },
};

export const attacks: readonly Attack[] = [zombies, deaf];

/** Tries an attack on a container of the stage that a demo or a test has opened. */
export async function tryAttack(
  { target, attempt }: Attack,
  isDefended: boolean,
  run: (options: LabOptions) => Promise<LabContainer>,
): Promise<{ succeeded: boolean; seen: string }> {
  return attempt(await run(isDefended ? { ...target, init: true } : target));
}

export const breakIt: Demo = {
  lesson: 'pid',
  seconds: 4,
  question: 'What can a container do to itself when its PID 1 does not care?',
  scenes: attacks.map((attack) => ({
    title: attack.name.toUpperCase(),
    guess: 'which of the two holds?',
    async play(show: Show) {
      const without = await tryAttack(attack, false, (options) => show.container(options));
      show.fact('PID 1 is the program', without.seen, without.succeeded ? ['BAD'] : ['GOOD']);
      const guarded = await tryAttack(attack, true, (options) => show.container(options));
      show.fact('PID 1 is drydock-init', guarded.seen, guarded.succeeded ? ['BAD'] : ['GOOD']);
    },
  })),
  turn: ['./drydock read pid', 'why the kernel treats PID 1 like no other'],
};
