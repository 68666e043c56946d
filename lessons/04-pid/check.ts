/* eslint-disable max-lines -- one lesson, one list: splitting the checks would hide their order */
/**
 * What the kernel has to confirm in lesson pid.
 *
 * The first four checks judge `namespaces`, the next five the loop of PID 1, the last one the whole. Where a mistake
 * shows only by chance (five children that end at the same moment), the check arranges the chance: it stops PID 1,
 * lets the five end, and lets PID 1 go on with one SIGCHLD for all of them.
 */
import { readStat } from '../../src/linux/procfs.ts';
import { check, consequence, type Bench } from '../../src/learn/check/check.ts';
import { nothingLeft } from '../../src/learn/check/nothing-left.ts';
import { membersOf, namespaceOf, processFacts, until, type ProcessFacts } from '../../src/learn/facts.ts';
import { cloneText } from '../../src/learn/specs.ts';
import type { LabContainer } from '../../src/learn/stage.ts';
import type { Spec } from '../../src/runtime/spec.ts';
import { startUnderInit, type UnderInit } from './under-init.ts';

const NAMESPACES = 'isolators/pid.ts#namespaces';
const LOOP = 'addon/init/drydock-init.c#reap_and_forward';
const OWN_NAMESPACE = 'the container has its own PID namespace';
const EXIT_CODE = 'the exit code of the program is that of the container';
/** How long something may take that takes milliseconds: other people's machines are busy. */
const STEPWISE_MS = 3000;
const PATIENCE_S = 5;
const ORPHANS = 5;

/** A program that is easy to find by its command line, and lives until it is told not to. */
const PROGRAM = ['sleep', '1000'];
const ORPHAN = 'sleep 1001';
const withOrphans = ['sh', '-c', `for i in $(seq ${ORPHANS}); do (${ORPHAN} &); done; exec ${PROGRAM.join(' ')}`];

const own = check(
  OWN_NAMESPACE,
  {
    slot: NAMESPACES,
    see: 'readlink /proc/self/ns/pid /proc/PID/ns/pid    (PID: of the container)',
    hint: ({ did }) => [
      'A namespace is not made by a step of the plan but by the clone itself. What was it asked for? Look at "you did".',
      `${String(did)} has no NEWPID in it. The clone's flags are the \`type\`s of what \`namespaces\` returns.`,
      "For a config that asks for one without a path, return [{ type: 'pid', how: 'clone' }].",
    ],
  },
  async (t) => {
    const container = await t.run({ args: PROGRAM });
    const did = t.fact('did', cloneText(t.stack, container.spec));
    const [theirs, ours] = [namespaceOf(container.pid, 'pid'), namespaceOf('self', 'pid')];
    t.must(theirs !== ours, {
      did,
      kernel: `/proc/${container.pid}/ns/pid is ${theirs}, and so is ours`,
      wanted: 'another one (pid_namespaces(7), CLONE_NEWPID)',
      see: `readlink /proc/self/ns/pid /proc/${container.pid}/ns/pid`,
    });
  },
);

const numbers = consequence(
  'its first process is number 1 inside, and another number outside',
  {
    slot: NAMESPACES,
    needs: [OWN_NAMESPACE],
    see: 'grep NSpid /proc/PID/status',
  },
  async (t) => {
    const container = await t.run({ args: PROGRAM });
    const { numbers } = processFacts(container.pid)!;
    t.fact('numbers', numbers.join(' '));
    t.must(numbers.length === 2 && numbers.at(-1) === 1, {
      did: cloneText(t.stack, container.spec),
      kernel: `NSpid of process ${container.pid} is ${numbers.join(' ')}`,
      wanted: `${container.pid} 1`,
    });
  },
);

const dies = consequence(
  'when its number 1 ends, the kernel ends all others',
  {
    slot: NAMESPACES,
    needs: [OWN_NAMESPACE],
    see: './drydock try sh -c "sleep 1000 & sleep 1"; pgrep -f "sleep 1000"',
  },
  async (t) => {
    const container = await t.run({ args: withOrphans });
    const space = namespaceOf(container.pid, 'pid');
    await orphansIn(container);
    process.kill(container.pid, 'SIGKILL');
    await container.ended();
    const empty = await until(() => membersOf(space, 'pid').length === 0);
    const left = t.fact('left', membersOf(space, 'pid').length);
    t.must(empty, { did: 'kill(1, SIGKILL)', kernel: `${left} of its processes live on`, wanted: 'none' });
  },
);

const joined = check(
  'a PID namespace that config.json names is joined, not made',
  {
    slot: NAMESPACES,
    needs: [OWN_NAMESPACE],
    see: './drydock oci spec; set linux.namespaces to [{"type":"pid","path":"/proc/PID/ns/pid"}, …]',
    hint: ({ is, wanted }) => [
      'Two containers may share their processes: config.json then has a `path` beside the type.',
      `It named ${String(wanted)}, and the container is in ${String(is)}.`,
      "With a path, return { type: 'pid', how: 'join', path }. Without this type in the list, return [].",
    ],
  },
  async (t) => {
    const first = await t.run({ args: PROGRAM });
    const path = `/proc/${first.pid}/ns/pid`;
    const second = await t.run({ args: PROGRAM, adjust: (spec) => withPidNamespace(spec, { type: 'pid', path }) });
    const is = t.fact('is', namespaceOf(second.pid, 'pid'));
    const wanted = t.fact('wanted', namespaceOf(first.pid, 'pid'));
    t.must(is === wanted, {
      did: cloneText(t.stack, second.spec),
      kernel: `it is in ${is}`,
      wanted: `${wanted}, as path says`,
    });
    await second.remove();

    const third = await t.run({ args: PROGRAM, adjust: (spec) => withPidNamespace(spec) });
    const ours = namespaceOf('self', 'pid');
    t.fact('is', namespaceOf(third.pid, 'pid'));
    t.fact('wanted', `no PID namespace: that is ${ours}, ours`);
    t.must(namespaceOf(third.pid, 'pid') === ours, {
      did: cloneText(t.stack, third.spec),
      kernel: 'a new PID namespace, and config.json did not ask for one',
      wanted: `ours, ${ours}`,
    });
  },
);

function withPidNamespace(spec: Spec, ...asked: { type: 'pid'; path?: string }[]): Spec {
  const others = (spec.linux?.namespaces ?? []).filter(({ type }) => type !== 'pid');
  return { ...spec, linux: { ...spec.linux, namespaces: [...others, ...asked] } };
}

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
        : `The program ended with 3 (or by signal 9), PID 1 with ${String(code)}. waitpid(2) fills in a status: not the code itself.`,
      'WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status). In TypeScript: status & 0x7f is the signal, (status >> 8) & 0xff the code.',
    ],
  },
  async (t) => {
    for (const [script, wanted] of [
      ['exit 3', 3],
      ['kill -9 $$', 137],
    ] as const) {
      const guarded = await start(t, ['sh', '-c', script]);
      const code = t.fact('code', await guarded.container.ended());
      t.must(code === wanted, {
        did: guarded.did(`sh -c "${script}" has ended; PID 1 ${code === undefined ? 'goes on' : `ends with ${code}`}`),
        kernel: code === undefined ? `the container still runs after ${PATIENCE_S} s` : `exit code ${code}`,
        wanted: String(wanted),
      });
    }
  },
);

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
    const guarded = await start(t, withOrphans);
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
    const guarded = await start(t, withOrphans);
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

const forwards = check(
  'SIGTERM reaches the program, which then ends with 143',
  {
    slot: LOOP,
    needs: [EXIT_CODE],
    see: './drydock try --init sleep 1000, and from outside: kill -TERM PID',
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
    const guarded = await start(t, PROGRAM);
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
  const { container, did } = await start(t, ['sh', '-c', both]);
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
    const guarded = await start(t, ['sh', '-c', tidy]);
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

const left = nothingLeft(
  'ps -e; findmnt; ls /sys/fs/cgroup',
  'The kernel ends what is in a PID namespace whose number 1 has ended. Which of your processes were in none?',
  'Run the checks with --only "own PID namespace" first: without it the processes of a container survive it.',
);

export const checks = [own, numbers, dies, joined, exitCode, forwards, patient, orphansOneByOne, orphansAtOnce, left];

function start(t: Bench, args: readonly string[]): Promise<UnderInit> {
  return startUnderInit(t, t.solved(LOOP), args);
}

/** The five orphans, once all of them are children of PID 1. */
async function orphansIn({ pid }: LabContainer): Promise<ProcessFacts[]> {
  const space = namespaceOf(pid, 'pid');
  const found = (): ProcessFacts[] =>
    membersOf(space, 'pid').flatMap((one) => {
      const facts = processFacts(one);
      return facts?.command === ORPHAN && facts.parent === pid ? [facts] : [];
    });
  await until(() => found().length === ORPHANS, 5000);
  return found();
}

/** Its number outside, once it is there. */
async function programIn({ pid }: LabContainer): Promise<number | undefined> {
  const space = namespaceOf(pid, 'pid');
  const found = (): number | undefined =>
    membersOf(space, 'pid').find((one) => processFacts(one)?.command === PROGRAM.join(' '));
  await until(() => found() !== undefined);
  return found();
}

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
