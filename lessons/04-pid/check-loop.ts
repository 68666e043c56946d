/** The checks of PID 1's loop as far as its program goes: its exit code, and the signals that it has to hear of. */
import { check, type Bench, type Check } from '../../src/learn/check/check.ts';
import { until } from '../../src/learn/facts.ts';
import { signalName, signals } from '../../src/linux/constants.ts';
import { readStat } from '../../src/linux/procfs.ts';
import { OWN_NAMESPACE } from './check-namespaces.ts';
import { PROGRAM, programIn } from './programs.ts';
import { LOOP, startUnderInit, STEPWISE_MS } from './under-init.ts';

export const EXIT_CODE = 'the exit code of the program is that of the container';
const PATIENCE_S = 5;
/** What the kernel sends to a process for a fault of its own; from inside the namespace, PID 1 dies of nothing else. */
const CRASHES = ['SIGILL', 'SIGABRT', 'SIGBUS', 'SIGFPE', 'SIGSEGV', 'SIGSYS'].map((name) => signals[name]!);

const exitCode = check(
  EXIT_CODE,
  {
    slot: LOOP,
    needs: [OWN_NAMESPACE],
    see: './drydock try --init sh -c "exit 3"; echo $?',
    hint: ({ code }) => [
      "The container ends when PID 1 does, with its exit code. Where do you have the program's?",
      code === undefined
        ? 'PID 1 did not end at all, although the program had: is the child that ended compared with `child`?'
        : CRASHES.includes(Number(code) - 128)
          ? `PID 1 itself was ended by ${signalName(Number(code) - 128)}: ${String(code)} is 128 + ${Number(code) - 128}. Which pointer, or which call, of yours is it?`
          : `The program ended with 3 (or by signal 9), PID 1 with ${String(code)}. waitpid(2) fills in a status: not the code itself.`,
      'WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status). In TypeScript: status & 0x7f is the signal, (status >> 8) & 0xff the code.',
    ],
  },
  async (t) => {
    for (const [script, wanted] of [
      ['exit 3', 3],
      ['kill -9 $$', 137],
    ] as const) {
      const guarded = await startUnderInit(t, ['sh', '-c', script]);
      const code = t.fact('code', await guarded.container.ended());
      t.must(code === wanted, {
        did: guarded.did(`sh -c "${script}" has ended; PID 1 ${code === undefined ? 'goes on' : `ends with ${code}`}`),
        kernel: code === undefined ? `the container still runs after ${PATIENCE_S} s` : `exit code ${code}`,
        wanted: String(wanted),
      });
    }
  },
);

const forwards = check(
  'SIGTERM reaches the program, which then ends with 143',
  {
    slot: LOOP,
    needs: [EXIT_CODE],
    see: './drydock try --init sleep 1000, and from outside: kill -TERM PID    (PID: of the container)',
    hint: ({ code, missed }) => [
      '`stop` sends SIGTERM to PID 1 of the container. Who else is to hear of it?',
      missed !== undefined
        ? `SIGTERM came through, and SIGUSR1 did not reach ${String(missed)}.`
        : code === undefined
          ? `Your PID 1 got it, and kept it: nothing has ended after ${PATIENCE_S} seconds.`
          : `The container ended with ${String(code)}: 143 is 128 + 15, the program killed by SIGTERM, and its code passed on.`,
      'Every signal but SIGCHLD: kill(-child, number), the whole process group, and then wait for what comes of it.',
    ],
  },
  async (t) => {
    const guarded = await startUnderInit(t, PROGRAM);
    await programIn(guarded.container);
    process.kill(guarded.container.pid, 'SIGTERM');
    const code = t.fact('code', await guarded.container.ended(PATIENCE_S * 1000));
    t.must(code === 143, {
      did: guarded.did('SIGTERM came to PID 1'),
      kernel: code === undefined ? `everything still runs after ${PATIENCE_S} s` : `exit code ${code}`,
      wanted: '143 (128 + 15): the program ended by SIGTERM',
    });
    await reachesAll(t);
  },
);

/** Another signal, and a program that is two processes: one group. */
async function reachesAll(t: Bench): Promise<void> {
  const both = `trap "echo heard" USR1; ${PROGRAM.join(' ')} & while :; do sleep 0.02; done`;
  const { container, did } = await startUnderInit(t, ['sh', '-c', both]);
  const helper = await programIn(container);
  process.kill(container.pid, 'SIGUSR1');
  const hasHeard = await until(() => container.output().includes('heard'), STEPWISE_MS);
  // One that ends with the signal is told so by the next check.
  if (['Z', undefined].includes(readStat(container.pid)?.state)) return;
  const hasEnded = await until(() => ['Z', undefined].includes(readStat(helper ?? 0)?.state), STEPWISE_MS);
  const missed = !hasHeard ? 'the program' : !hasEnded ? 'the other process of its group' : undefined;
  t.fact('missed', missed);
  t.must(missed === undefined, {
    did: did('SIGUSR1 came to PID 1'),
    kernel: `it has not reached ${missed}`,
    wanted: 'every signal, for the whole process group of the program',
  });
}

const patient = check(
  'a program that takes its time over SIGTERM is waited for',
  {
    slot: LOOP,
    needs: ['SIGTERM reaches the program, which then ends with 143'],
    see: './drydock try --init sh -c "trap \'sleep 1; exit 5\' TERM; while :; do sleep 1; done"',
    hint: ({ code }) => [
      'A database writes its tables to disk when it is told to stop. How long does your PID 1 let it?',
      `The program wanted to tidy up and end with 5; the container ended with ${String(code)}. When PID 1 ends, the kernel kills all others.`,
      'Passing a signal on is no reason to end. Return only when waitpid says that `child` has ended.',
    ],
  },
  async (t) => {
    const tidy = 'trap "sleep 0.3; exit 5" TERM; echo ready; while :; do sleep 0.02; done';
    const guarded = await startUnderInit(t, ['sh', '-c', tidy]);
    await until(() => guarded.container.output().includes('ready'));
    process.kill(guarded.container.pid, 'SIGTERM');
    const code = t.fact('code', await guarded.container.ended());
    t.must(code === 5, {
      did: guarded.did('SIGTERM came to PID 1; the program needs 0.3 s to tidy up'),
      kernel: code === undefined ? `everything still runs after ${PATIENCE_S} s` : `exit code ${code}`,
      wanted: '5, the exit code of the program once it was ready',
    });
  },
);

export const loopChecks: readonly Check[] = [exitCode, forwards, patient];
