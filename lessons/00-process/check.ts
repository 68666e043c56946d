/**
 * What the kernel has to confirm in lesson process: `exitCode` on the status of real children, then the child's life in
 * containers that have no other isolator (check-life.ts), and nothing left.
 */
import { check, type Bench } from '../../src/learn/check/check.ts';
import { native } from '../../src/linux/native.ts';
import { life } from './check-life.ts';

const EXIT_CODE = 'wait.ts#exitCode';
const ITS_OWN = 'a child that ends by itself has its own exit code';
const BY_SIGNAL = 'a child that a signal has ended has 128 + its number';
/** SIGSEGV with the bit that says that a core dump was written: whether one is depends on the machine. */
const CRASHED = 0x80 | 11;

const itsOwn = check(
  ITS_OWN,
  {
    slot: EXIT_CODE,
    see: 'sh -c "exit 3"; echo $?',
    hint: ({ status, got }) => [
      'wait(2) answers with one number that holds two things. Which of its bits are the exit code?',
      `Of ${String(status)} you made ${String(got)}. In hexadecimal it reads better: the exit code is the second byte.`,
      '(status >> 8) & 0xff takes the second byte out. In the low seven bits is the signal, 0 for none.',
    ],
  },
  async (t) => {
    for (const code of [0, 3, 255]) judge(t, statusOf(`exit ${code}`), code, `sh -c "exit ${code}" has ended`);
  },
);

const bySignal = check(
  BY_SIGNAL,
  {
    slot: EXIT_CODE,
    needs: [ITS_OWN],
    see: "sh -c 'kill -9 $$'; echo $?",
    hint: ({ status, got, wanted }) => [
      'Whom a signal has ended has no exit code. Where does wait(2) say which signal it was?',
      `Of ${String(status)} you made ${String(got)}: the low seven bits are the number of the signal, and not 0 here.`,
      `status & 0x7f is the signal. When it is not 0, the answer is 128 + signal: ${String(wanted)}.`,
    ],
  },
  async (t) => {
    for (const signal of [9, 15])
      judge(t, statusOf(`kill -${signal} $$`), 128 + signal, `kill -${signal} has ended it`);
  },
);

const crashed = check(
  'a core dump makes no difference',
  {
    slot: EXIT_CODE,
    needs: [BY_SIGNAL],
    see: "sh -c 'ulimit -c unlimited; kill -SEGV $$'; echo $?",
    hint: ({ status, got }) => [
      'A program has crashed, and the kernel has written its memory to a file. One more bit of the status says so.',
      `Of ${String(status)} you made ${String(got)}. Bit 0x80 belongs neither to the signal nor to the exit code.`,
      'Take seven bits, not eight: status & 0x7f.',
    ],
  },
  async (t) => judge(t, CRASHED, 128 + 11, 'signal 11, and a core dump was written'),
);

const nothingLeft = check(
  'nothing is left behind',
  {
    see: 'ps -e; findmnt; ls /sys/fs/cgroup',
    hint: (facts) => [
      'A process that has ended stays as a zombie until its parent has waited. Which of yours has nobody waited for?',
      `Counted: ${String(facts.left)}.`,
      'The child must not fork: it is itself what becomes the program.',
    ],
  },
  async (t) => {
    const { processes, mounts, cgroups } = await t.leftBehind();
    const left = t.fact('left', `processes ${processes}, mounts ${mounts}, cgroups ${cgroups}`);
    t.must(processes + mounts + cgroups === 0, { did: 'removed every container', kernel: left, wanted: '0, 0, 0' });
  },
);

export const checks = [itsOwn, bySignal, crashed, ...life, nothingLeft];

/** What wait(2) says of a shell that has come to the end of its script. */
function statusOf(script: string): number {
  const pid = native.spawn({ exec: '/bin/sh', argv: ['sh', '-c', script], env: [], fds: [] });
  return native.waitpid(pid, 0)!.status;
}

function judge(t: Bench, status: number, wanted: number, what: string): void {
  const solved = t.solved(EXIT_CODE);
  const exitCode = solved.kind === 'function' ? (solved.run as unknown as (status: number) => unknown) : undefined;
  const shown = t.fact('status', `status 0x${status.toString(16).padStart(4, '0')}`);
  t.fact('wanted', wanted);
  const got = t.fact('got', exitCode?.(status));
  t.must(got === wanted, {
    did: `exitCode(${status}) = ${String(got)}`,
    kernel: `${shown}: ${what}`,
    wanted: String(wanted),
  });
}
