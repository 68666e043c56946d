/**
 * What the kernel has to confirm in lesson seccomp.
 *
 * The first three checks judge `masks`, the next two the core of the filter, the others its further part. A program that
 * is wrong may well refuse everything, and then no container comes to life: so what each function does alone is looked
 * at on paper first, and the hints speak of that. Calls are made by the probe, through each door that this machine has.
 */
import { check, type Bench } from '../../src/learn/check/check.ts';
import type { Instruction } from '../../src/linux/bpf.ts';
import { EPERM, EXDEV } from '../../src/linux/errno.ts';
import { readStatus } from '../../src/linux/procfs.ts';
import type { Spec } from '../../src/runtime/spec.ts';
import { hidden, once, untouchable } from './check-masks.ts';
import { alone, onPaper } from './on-paper.ts';
import { answersIn, doors, keyCalls, probing, PROGRAM, refusing, said, withProbe, wordFor } from './probe.ts';

const REFUSE = 'seccomp-by-hand.ts#refuse';
const ARCHITECTURE = 'seccomp-by-hand.ts#onArchitecture';
const EVERYWHERE = 'seccomp-by-hand.ts#refuseEverywhere';

const LOADED = 'the kernel takes the program, and the container comes to life';
const THREE = 'the three calls answer the errno that config.json asks for';

const loaded = check(
  LOADED,
  {
    slot: REFUSE,
    see: './drydock try grep Seccomp /proc/self/status',
    hint: ({ turned, others, elsewhere, unknown }) => [
      'A program that is wrong by one instruction refuses everything, or is refused itself. Read it as the kernel walks it.',
      turned
        ? `Alone, \`refuse([5], EPERM)\` lets call 5 through and answers "${String(others)}" to call 6: yes and no are the wrong way round. Whoever makes the call goes on to the answer (yes: 0), others skip it (no: 1).`
        : others !== undefined
          ? `Alone, \`refuse([5, 7], EPERM)\` answers "${String(others)}" to call 6. It has to fall through behind its last instruction: \`no: 1\` skips the answer.`
          : elsewhere !== undefined
            ? `Alone, \`onArchitecture(1, block)\` answers "${String(elsewhere)}" for architecture 2: the jump is too short, and lands on the last instruction of the block.`
            : unknown === undefined
              ? 'A call that is in no list comes to the end without an answer. The kernel refuses such a program: seccomp = EINVAL.'
              : `A call that is in no list is answered "${String(unknown)}".`,
      'refuse: ifEqual(number, { no: 1 }), answer(…). onArchitecture: skip 1 + block.length. The last of all: answer(SECCOMP_RET_ALLOW).',
    ],
  },
  async (t) => {
    const { refuse, onArchitecture, program } = functions(t);
    t.fact('turned', alone.turned(refuse));
    t.fact('others', alone.others(refuse));
    t.fact('elsewhere', alone.elsewhere(onArchitecture));
    t.fact('unknown', onPaper(program(), { audit: doors[0]?.audit ?? 0, number: 39 }));
    const container = await t.run({ args: PROGRAM });
    const status = readStatus(container.pid)!;
    const [mode, count = '1'] = [status.get('Seccomp'), status.get('Seccomp_filters')];
    t.must(mode === '2' && count === '1', {
      did: 'loaded the filter, and executed sleep',
      kernel: `Seccomp: ${mode}, Seccomp_filters: ${count}`,
      wanted: '2 (SECCOMP_MODE_FILTER), and one filter',
    });
  },
);

const three = check(
  THREE,
  {
    slot: REFUSE,
    needs: [LOADED],
    see: 'strace -f ./drydock try …; or count on paper: ./drydock try --explain true | grep seccomp',
    hint: ({ killed, given, answered, number, turned }) => [
      `${keyCalls.join(', ')} are to be answered with an errno by the filter, before the kernel looks at them.`,
      killed
        ? 'The program was killed (SIGSYS). The upper 16 bits of an answer are the action, and without one it is 0: kill. An errno alone is none.'
        : given
          ? 'They are refused, but with another errno than config.json’s: `errno` is the one that was asked for.'
          : turned
            ? 'Alone, `onArchitecture(1, block)` skips its block for architecture 1 and walks it for 2: yes and no are the wrong way round. Another architecture has to skip it: { no: … }.'
            : number === undefined
              ? `They answered ${String(answered)}: the kernel has seen them. Does every number have a comparison *and* an answer of its own, and do the jumps lead to it?`
              : `Alone, onArchitecture gives its block the register with ${String(number)}: the architecture is still in it. The number has to be loaded after the comparison.`,
      'numbers.flatMap((number) => [ifEqual(number, { no: 1 }), answer(SECCOMP_RET_ERRNO + errno)]), behind load(NUMBER).',
    ],
  },
  async (t) => {
    const { onArchitecture } = functions(t);
    t.fact('number', alone.register(onArchitecture));
    t.fact('turned', alone.turnedBlock(onArchitecture));
    const words = keyCalls.flatMap((name) => wordFor(name, doors[0]?.name ?? '') ?? []);
    const { answers, output } = await asked(t, words, (spec) => refusing(spec, keyCalls, EXDEV));
    const found = words.map((word) => answers.get(word) ?? 'nothing');
    t.fact('killed', /Bad system call/.test(output));
    t.fact(
      'given',
      found.every((one) => one === 'EPERM'),
    );
    const answered = t.fact('answered', found.join(', '));
    t.must(
      found.every((one) => one === 'EXDEV'),
      {
        did: `made the calls ${words.join(' ')} in the container`,
        kernel: `answered ${answered}${/Bad system call/.test(output) ? ' (killed by SIGSYS)' : ''}`,
        wanted: 'EXDEV for each: errnoRet of this config.json is 18, which these calls never give themselves',
      },
    );
  },
);

const apart = check(
  'a number of another architecture is another call',
  {
    slot: ARCHITECTURE,
    needs: [THREE],
    see: 'ausyscall x86_64 288; ausyscall i386 288    (package auditd)',
    hint: ({ wrong }) => [
      'Each architecture has a table of its own: 288 is keyctl for a 32-bit program, and accept4 for one of x86-64.',
      `${String(wrong)} was refused, and is none of the three there: the block of one architecture was walked for another.`,
      'Load ARCHITECTURE, ifEqual(audit, { no: … }) over the rest, then load NUMBER, then the block.',
    ],
  },
  async (t) => {
    const [own, foreign] = [doors[0], doors.find(({ audit }) => audit !== doors[0]?.audit)];
    if (!own || !foreign) return;
    // The numbers of one table, called through the door of the other.
    const numbersOf = (door: string): string[] => keyCalls.map((name) => wordFor(name, door)!.split(':')[1]!);
    const words =
      foreign.name === 'x86'
        ? [...numbersOf('x86').map((n) => `call:${n}`), ...numbersOf(own.name).map((n) => `int80:${n}`)]
        : [];
    const { answers } = await asked(t, words);
    const wrong = t.fact('wrong', words.filter((word) => answers.get(word) === 'EPERM').join(', '));
    t.must(wrong === '', {
      did: `made the calls ${words.join(' ')} in the container`,
      kernel: `${wrong} answered EPERM`,
      wanted: 'whatever these other calls answer, but not the filter’s errno',
    });
  },
);

const elsewhere = (door: string, title: string, why: readonly [string, string, string]) =>
  check(
    title,
    {
      slot: EVERYWHERE,
      needs: [THREE],
      see: 'grep -n "keyctl" /usr/include/x86_64-linux-gnu/asm/unistd_*.h',
      hint: ({ answered }) => [why[0], `${why[1]} Answered: ${String(answered)}.`, why[2]],
    },
    async (t) => {
      const found = doors.find(({ name }) => name === door);
      if (!found) return;
      const words = keyCalls.flatMap((name) => wordFor(name, door) ?? []);
      const alive = wordFor('getpid', door) ?? '';
      const { answers } = await asked(t, [alive, ...words]);
      const answered = words.map((word) => answers.get(word) ?? 'nothing');
      // A kernel may lack the door; whether the program closes it is then read off the program.
      const isThere = door === 'x32' || answers.get(alive) === 'ok';
      const numbers = words.map((word) => Number(word.split(':')[1]));
      const { program } = functions(t);
      const paper = numbers.map((number) => onPaper(program(), { audit: found.audit, number }));
      const said = isThere ? answered : paper.map((one) => (one === 'errno EPERM' ? 'EPERM' : String(one)));
      t.fact('answered', said.join(', '));
      t.must(
        said.every((one) => one === 'EPERM'),
        {
          did: `made the calls ${words.join(' ')} in the container`,
          kernel: `answered ${said.join(', ')}`,
          wanted: 'EPERM for each: they are add_key, request_key and keyctl here',
        },
      );
    },
  );

const thirtyTwo = elsewhere('x86', 'the same calls are refused to 32-bit programs', [
  'An x86-64 kernel takes the calls of 32-bit programs too: int 0x80, with the numbers of another table.',
  'The program has no block for AUDIT_ARCH_I386 (0x40000003), so every such call comes to "allow".',
  'families[process.arch] has an entry for each: onArchitecture(audit, …) for all of them, with native.syscallNumber(name, arch) of each name.',
]);

const x32 = elsewhere('x32', 'the same calls are refused with the numbers of x32', [
  'A program of x86-64 can also make the calls of x32. The architecture is the same; the numbers begin at 2^30.',
  'The block of AUDIT_ARCH_X86_64 has only the numbers of `x86_64`; those of x32 come to "allow".',
  'An entry of families may have two names: the numbers of both go into its one block (names.flatMap).',
]);

const nothingLeft = check(
  'nothing is left behind',
  {
    see: 'ps -e; findmnt',
    hint: ({ left }) => [
      'Covers are mounts of the container’s own namespace, and end with it.',
      `Counted: ${String(left)}.`,
      'Run `./drydock doctor --repair`, then the check again.',
    ],
  },
  async (t) => {
    const { processes, mounts, cgroups } = await t.leftBehind();
    const left = t.fact('left', `processes ${processes}, mounts ${mounts}, cgroups ${cgroups}`);
    t.must(processes + mounts + cgroups === 0, { did: 'removed every container', kernel: left, wanted: '0, 0, 0' });
  },
);

export const checks = [hidden, untouchable, once, loaded, three, apart, thirtyTwo, x32, nothingLeft];

function functions(t: Bench) {
  const of = (slot: string): never => {
    const solved = t.solved(slot);
    return (solved.kind === 'function' ? solved.run : undefined) as never;
  };
  const everywhere: (names: readonly string[], errno: number) => readonly Instruction[] = of(EVERYWHERE);
  return { refuse: of(REFUSE), onArchitecture: of(ARCHITECTURE), program: () => everywhere(keyCalls, EPERM) };
}

/** Makes calls in a container of the learner's runtime. */
async function asked(
  t: Bench,
  words: readonly string[],
  more: (spec: Spec) => Spec = (spec) => spec,
): Promise<{ answers: Map<string, string>; output: string }> {
  const container = await t.run({ args: probing(words), adjust: (spec) => more(withProbe(spec)) });
  await said(container);
  return { answers: answersIn(container.output()), output: container.output() };
}
