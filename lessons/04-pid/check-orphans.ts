/**
 * The checks of PID 1's loop as far as orphans go. What goes wrong by chance (five children that end at the same moment) is
 * arranged: PID 1 is stopped, the five end, and it goes on with one SIGCHLD for all of them.
 */
import { check, type Bench, type Check } from '../../src/learn/check/check.ts';
import { until, type ProcessFacts } from '../../src/learn/facts.ts';
import { readStat } from '../../src/linux/procfs.ts';
import { EXIT_CODE } from './check-loop.ts';
import { ORPHANS, orphansIn, withOrphans } from './programs.ts';
import { LOOP, startUnderInit, STEPWISE_MS, type UnderInit } from './under-init.ts';

const orphansOneByOne = check(
  'orphans that end one after another leave no zombie',
  {
    slot: LOOP,
    needs: [EXIT_CODE],
    see: './drydock try --init sh -c "(sleep 1 &); sleep 2; ps -o pid,stat,comm"',
    hint: ({ zombies, alive }) => [
      'An orphan becomes a child of PID 1, and stays a zombie (State: Z) until PID 1 has waited for it.',
      alive === false
        ? 'Your PID 1 ended when an orphan did: end only when the child that has ended is `child`.'
        : `${String(zombies)} of them: PID 1 does not wait for children that it has not started itself.`,
      'On SIGCHLD: waitpid(-1, &status, WNOHANG). The -1 is the point: any child, not only `child`.',
    ],
  },
  async (t) => {
    const guarded = await startUnderInit(t, withOrphans);
    const orphans = await orphansIn(guarded.container);
    for (const { pid } of orphans) {
      process.kill(pid, 'SIGKILL');
      if (!(await until(() => !readStat(pid), STEPWISE_MS))) break;
    }
    await judge(t, guarded, orphans);
  },
);

const orphansAtOnce = check(
  'five orphans that end at the same moment leave no zombie',
  {
    slot: LOOP,
    needs: ['orphans that end one after another leave no zombie'],
    see: './drydock try --init sh -c "for i in 1 2 3 4 5; do (sleep 1 &); done; sleep 2; ps -o pid,stat,comm"',
    hint: ({ zombies, alive }) => [
      `One by one they were all waited for; of five at once, ${String(zombies)} stayed. What is different?`,
      alive === false
        ? 'Your PID 1 has ended: it was stopped and continued, and SIGCONT is a signal like any other, to be passed on.'
        : 'Signals are not counted: while one SIGCHLD is pending, further ones are lost. One SIGCHLD may stand for many children.',
      'Wait in a loop on each SIGCHLD, until waitpid(-1, &status, WNOHANG) has nobody left (0), and only then for the next signal.',
    ],
  },
  async (t) => {
    const guarded = await startUnderInit(t, withOrphans);
    const orphans = await orphansIn(guarded.container);
    // From outside of its namespace PID 1 can be stopped like anybody.
    process.kill(guarded.container.pid, 'SIGSTOP');
    await until(() => readStat(guarded.container.pid)?.state === 'T');
    for (const { pid } of orphans) process.kill(pid, 'SIGKILL');
    await until(() => orphans.every(({ pid }) => ['Z', undefined].includes(readStat(pid)?.state)));
    process.kill(guarded.container.pid, 'SIGCONT');
    await judge(t, guarded, orphans);
  },
);

async function judge(t: Bench, { container, did }: UnderInit, orphans: readonly ProcessFacts[]): Promise<void> {
  t.must(orphans.length === ORPHANS, {
    did: did('PROG started five processes and orphaned them'),
    kernel: `${orphans.length} of them are children of PID 1`,
    wanted: 'five',
  });
  const states = (): string[] => orphans.flatMap(({ pid }) => readStat(pid)?.state ?? []);
  await until(() => states().length === 0, STEPWISE_MS);
  const zombies = t.fact('zombies', states().filter((state) => state === 'Z').length);
  const isAlive = t.fact('alive', ['S', 'R', 'D'].includes(readStat(container.pid)?.state ?? 'X'));
  t.must(isAlive, {
    did: did('orphans ended'),
    kernel: 'PID 1 has ended too',
    wanted: 'PID 1 alive: the program still runs',
  });
  t.must(zombies === 0, {
    did: did(`${ORPHANS} orphans, killed`),
    kernel: `State: ${states().join(' ')}    (${zombies} zombies, their parent is PID 1)`,
    wanted: 'none: PID 1 has waited for each',
  });
}

export const orphanChecks: readonly Check[] = [orphansOneByOne, orphansAtOnce];
