/**
 * The checks of `become_program`: the life of a child between its birth and its program.
 *
 * The container has one isolator, so that what the kernel says of it is this child's doing alone; a second one, made
 * here, looks on while the parent has its turn, or adds a step. Only the last container has the whole runtime.
 */
import { chmodSync, mkdtempSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DrydockError } from '../../src/errors.ts';
import { check, consequence, type Bench, type Check } from '../../src/learn/check/check.ts';
import { processFacts, until } from '../../src/learn/facts.ts';
import type { LabContainer, LabOptions } from '../../src/learn/stage.ts';
import { ENOENT, errorName } from '../../src/linux/errno.ts';
import { readStat } from '../../src/linux/procfs.ts';
import type { AnyIsolator } from '../../src/runtime/isolators/index.ts';
import type { Spec } from '../../src/runtime/spec.ts';
import { upTo } from '../up-to.ts';
import { CHILD, endOf, underChild, type Outcome } from './under-child.ts';

const BORN = 'the parent hears that its child is born';
const WAITS = 'the child waits until its parent has done its part';
const PROGRAM = 'it becomes the program that config.json names';
const REFUSED = 'a step that is refused ends it, and its parent hears which and why';

const args = ['sleep', '1000'];
const environment = ['PATH=/usr/bin:/bin', 'HOME=/', 'SHIP=in the dry dock'];
const folder = '/usr/bin';

const withProcess =
  (wanted: Partial<Spec['process']>) =>
  (spec: Spec): Spec => ({ ...spec, process: { ...spec.process, ...wanted } });

const stepsOf = (count: number): string => (count === 1 ? '1 step' : `${count} steps`);

const born = check(
  BORN,
  {
    slot: CHILD,
    see: './drydock try --upto process --trace ls',
    hint: ({ silent, fault }) => [
      'After the clone there are two processes, and only one of them knows that. Who tells the other?',
      silent
        ? 'The child lives, and has said nothing: its parent waits for `born`, the child for the parent, both for ever.'
        : `The child has ended before it was born: ${fault ? String(fault) : 'the parent heard no word from it'}.`,
      'be_born(child) comes first of all. In TypeScript: await child.beBorn().',
    ],
  },
  async (t) => {
    const heard: number[] = [];
    const { trouble, isSilent, fault } = await alone(t, { onBorn: (pid) => void heard.push(pid) });
    t.fact('silent', isSilent);
    t.fact('fault', fault);
    t.must(heard.length === 1, {
      did: `the helper has cloned a child${trouble}`,
      kernel: isSilent
        ? 'the child lives, and its parent has heard nothing for 3 s'
        : (fault ?? 'it has ended without a word'),
      wanted: 'born, with its number',
    });
  },
);

const waits = check(
  WAITS,
  {
    slot: CHILD,
    needs: [BORN],
    see: './drydock try --upto process --step ls; from outside: ps -o pid,sess,stat,comm -C drydock:child',
    hint: ({ ended, fault }) => [
      'Between `born` and the first step the parent has its turn: id maps, links, cgroups. What does the child do?',
      ended
        ? `It has ended at once, and without a step${fault ? `: ${String(fault)}` : ''}. Waiting is a call of its own.`
        : 'It has made its first step, setsid(2), while the parent was still at work: it did not wait.',
      'await_parent(child) after be_born(child). In TypeScript: await child.awaitParent().',
    ],
  },
  async (t) => {
    let session: number | undefined;
    let own = 0;
    const look = async (pid: number): Promise<void> => {
      own = pid;
      // It sleeps as soon as it waits, here or further on; what it has done before stays to be seen.
      await until(() => ['S', 'Z', undefined].includes(readStat(pid)?.state));
      const stat = readStat(pid);
      session = stat?.state === 'S' ? stat.session : undefined;
    };
    const { trouble, fault } = await alone(t, { onBorn: look });
    t.fact('ended', session === undefined);
    t.fact('fault', fault);
    t.must(session !== undefined && session !== own, {
      did: `said \`born\`, and ${session === undefined ? 'ended' : 'took the first steps'}${trouble}`,
      kernel:
        session === undefined ? (fault ?? 'a zombie') : `session ${session} is its own already: setsid was step 0`,
      wanted: 'asleep, in the session of its parent',
    });
  },
);

const becomes = check(
  PROGRAM,
  {
    slot: CHILD,
    needs: [WAITS],
    see: "tr '\\0' ' ' < /proc/PID/cmdline; readlink /proc/PID/cwd    (PID: of the container)",
    hint: ({ forked, steps, of, why }) => [
      'The plan is a list of steps, and its last one is the execve. Print it: ./drydock try --upto process --explain ls.',
      forked
        ? 'The process that was born has ended, and another one has taken the steps. The helper has cloned already.'
        : `Your child has taken ${stepsOf(Number(steps))}${of === undefined ? '' : `, the first of them step ${String(of)}`}${why ? `; then: ${String(why)}` : ''}. Every step counts, from 0 to step_count(child) - 1.`,
      forked
        ? 'No fork in here: the process that said `born` takes the steps itself, and execve keeps its number.'
        : 'for (int step = 0; step < step_count(child); step++) run_step(child, step), and nothing else makes system calls.',
    ],
  },
  async (t) => {
    const taken: number[] = [];
    const onStep: LabOptions['onStep'] = (_, index, pid) => {
      if (pid === undefined) return;
      taken.push(index);
      t.fact('forked', ['Z', undefined].includes(readStat(pid)?.state));
    };
    const adjust = withProcess({ args, env: environment, cwd: folder });
    const { started, why, trouble } = await alone(t, { adjust, onStep });
    t.fact('steps', taken.length);
    t.fact('of', taken[0]);
    t.fact('why', why);
    const did = `took ${stepsOf(taken.length)} before \`start\`: ${taken.join(' ') || 'none'}${trouble}`;
    t.must(started !== undefined, { did, kernel: why, wanted: args.join(' ') });
    const order = taken.map((_, index) => index).join(' ');
    t.must(taken.join(' ') === order, { did, kernel: 'runs, and a part of the plan was left out', wanted: order });
    for (const [what, seen, wanted] of [
      ['cmdline', textOf(started!.pid, 'cmdline'), args.join(' ')],
      ['environ', textOf(started!.pid, 'environ'), environment.join(' ')],
      ['cwd', readlinkSync(`/proc/${started!.pid}/cwd`), folder],
    ] as const)
      t.must(seen === wanted, { did, kernel: `/proc/${started!.pid}/${what}: ${seen || '(empty)'}`, wanted });
  },
);

const same = consequence(
  'it is the process that was born: the same number, the same parent',
  { slot: CHILD, needs: [PROGRAM], see: 'ps -o pid,ppid,comm --ppid PARENT' },
  async (t) => {
    let number: number | undefined;
    const { started, why } = await alone(t, { onBorn: (pid) => void (number = pid) });
    const parent = started && processFacts(started.pid)?.parent;
    t.must(started?.pid === number && parent === process.pid, {
      did: `process ${number} was born`,
      kernel: started ? `the program is process ${started.pid}, child of ${parent}` : why,
      wanted: `process ${number}, child of ${process.pid}`,
    });
  },
);

const refused = check(
  REFUSED,
  {
    slot: CHILD,
    needs: [PROGRAM],
    see: './drydock try --upto process -w /no/such/folder true',
    hint: ({ heard }) => [
      'The working directory of this container does not exist. The child knows after the step; who else does?',
      heard === undefined
        ? 'Its parent heard nothing: the child went on, or ended without a word.'
        : `Its parent heard: ${String(heard)}. run_step gives a negative errno, tell_failure takes a positive one.`,
      'result < 0: tell_failure(child, step, -result), and then return. No further step.',
    ],
  },
  async (t) => {
    const { error, why, started, trouble } = await alone(t, { adjust: withProcess({ args, cwd: '/no/such/folder' }) });
    const told = error instanceof DrydockError && error.code === 'STEP_FAILED' ? error : undefined;
    t.fact('heard', told && `${told.call} = ${errorName(told.errno!)}`);
    t.must(told?.call === 'chdir' && told.errno === ENOENT, {
      did: `chdir("/no/such/folder") was refused with ENOENT${trouble}`,
      kernel: started ? `process ${started.pid} runs all the same` : why,
      wanted: 'the parent hears: chdir, ENOENT',
    });
  },
);

const tolerated = check(
  'a refusal that the plan tolerates ends nothing',
  {
    slot: CHILD,
    needs: [PROGRAM],
    see: './drydock try --explain ls; src/runtime/plan.ts has tolerate()',
    hint: ({ heard }) => [
      'Some steps may fail: a mount that is not there need not be unmounted. How does the plan say so?',
      `The step umount2("/no/such/mount") tolerates ENOENT, and your child ended at it: ${String(heard)}.`,
      'Before you give up, ask tolerates(child, step, -result); if it does, go on as after a good one.',
    ],
  },
  async (t) => {
    const indulgent: AnyIsolator = {
      name: 'indulgent',
      summary: 'a step that may be refused',
      phase: 'mounts',
      steps: (plan) => void plan.umount2('/no/such/mount', 0).tolerate(ENOENT).because('it need not be there'),
    };
    const { started, why, trouble } = await alone(t, { also: indulgent });
    t.fact('heard', why);
    t.must(started !== undefined, {
      did: `umount2("/no/such/mount") was refused with ENOENT${trouble}`,
      kernel: why,
      wanted: 'the program: the plan tolerates ENOENT there',
    });
  },
);

const codes = check(
  'a program that cannot be executed is told by 127 or 126',
  {
    slot: CHILD,
    needs: [REFUSED],
    see: "printf '#!/no/such\\n' > x; chmod +x x; ./x; echo $?",
    hint: ({ what, code, wanted }) => [
      'After `start` nobody listens any more: whoever waits for the child sees its exit code, and nothing else.',
      `${String(what)}: the child ended with ${String(code)}, wanted is ${String(wanted)}.`,
      'return 127 when -result is ENOENT, 126 for EACCES and ENOEXEC, 125 for everything else.',
    ],
  },
  async (t) => {
    const place = mkdtempSync(join(tmpdir(), 'drydock-codes-'));
    const file = (name: string, text: string): string => {
      writeFileSync(join(place, name), text);
      chmodSync(join(place, name), 0o755);
      return join(place, name);
    };
    try {
      for (const [what, path, wanted] of [
        ['a script whose interpreter is missing (ENOENT)', file('missing', '#!/no/such/interpreter\n'), 127],
        ['a text without a #! line (ENOEXEC)', file('text', 'hello\n'), 126],
        ['a script whose interpreter is a directory (EACCES)', file('refused', `#!${place}\n`), 126],
        ['a script that is its own interpreter (ELOOP)', file('itself', `#!${join(place, 'itself')}\n`), 125],
      ] as const) {
        const code = await endOf(t, path);
        t.fact('what', what);
        t.fact('wanted', wanted);
        t.fact('code', code);
        t.must(code === wanted, { did: `execve of ${what}`, kernel: `exit code ${code}`, wanted: String(wanted) });
      }
    } finally {
      rmSync(place, { recursive: true });
    }
  },
);

const whole = check(
  'the finished runtime stands on it, and on what its steps have opened',
  {
    slot: CHILD,
    needs: [PROGRAM],
    see: './drydock try --explain ls | grep -E "root"',
    hint: ({ why }) => [
      'The steps of other lessons open something, and later steps use it: "-> root" in the plan, then "root".',
      `Your child ended so: ${String(why)}. EBADF is a descriptor that nobody has kept.`,
      'keep_result(child, step, result) after every step that counts as done, also after one that is tolerated.',
    ],
  },
  async (t) => {
    const { started, why, trouble } = await underChild(t, (stdin) =>
      t.run({ args: ['sh', '-c', 'cat /etc/hostname; exit 3'], stdin }),
    );
    const code = await started?.ended();
    t.fact('why', why || `exit code ${code}`);
    t.must(started?.output() === 'lab\n' && code === 3, {
      did: `started a container with every isolator${trouble}`,
      kernel: started ? `it said "${started.output().trim()}" and ended with ${code}` : why,
      wanted: '"lab", from the file system of the container, and 3',
    });
  },
);

export const life: readonly Check[] = [born, waits, becomes, same, refused, tolerated, codes, whole];

interface Alone extends Partial<LabOptions> {
  /** While the parent has its turn. */
  readonly onBorn?: (pid: number) => Promise<void> | void;
  readonly also?: AnyIsolator;
}

/** A container with this lesson's isolator and no other but those that look on. */
function alone(t: Bench, { onBorn, also, ...options }: Alone): Promise<Outcome<LabContainer>> {
  const witness: AnyIsolator = {
    name: 'witness',
    summary: 'sees the child being born',
    phase: 'mounts',
    at: { born: async (_: unknown, { pid }: { pid: number }) => onBorn?.(pid) },
  };
  const stack = [witness, ...(also ? [also] : []), ...upTo('process', t.stack)];
  return underChild(t, (stdin) => t.run({ args, ...options, stack, stdin }));
}

function textOf(pid: number, file: string): string {
  return readFileSync(`/proc/${pid}/${file}`, 'utf8').split('\0').filter(Boolean).join(' ');
}
