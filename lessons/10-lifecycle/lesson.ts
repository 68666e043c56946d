/** Lesson lifecycle: create, start, exec, kill, delete, and who survives whom. */
import type { Lesson } from '../../src/learn/lesson.ts';

const LIFECYCLE = { source: 'src/runtime/lifecycle.ts', file: 'lifecycle.ts' };
const GO = { source: 'src/runtime/go.ts', file: 'go.ts' };

export const lesson: Lesson = {
  name: 'lifecycle',
  number: 10,
  title: 'create, start, exec, kill, delete',
  minutes: 75,
  question: 'Who knows that a container runs, when everybody who started it is dead?',
  requires: ['process', 'pid', 'cgroups'],
  slots: [
    {
      ...LIFECYCLE,
      name: 'lifecycle.ts#statusOf',
      title: 'the state, asked of the kernel',
      minutes: 10,
      todo: [
        'stopped when the process is not there any more, created before its execve, running after it.',
        'A number alone names nobody: isSame(pid, startTime) asks for the same process, one that has not ended;',
        'and after a reboot (bootId()) start times begin anew. readStat(pid)?.isBeforeExec tells of the execve.',
      ],
      body: ['void [pid, startTime, boot, bootId, isSame];', "return readStat(pid) ? 'running' : 'stopped';"],
    },
    {
      ...LIFECYCLE,
      name: 'lifecycle.ts#statesFor',
      title: 'the table: which verb in which state',
      minutes: 10,
      todo: [
        'the states in which each verb may be used; all verbs of the runtime ask this table.',
        'A created container has a process, which waits: it can be signalled, entered, paused. It is not to be deleted.',
        'A paused one can be killed and updated, and can go on. A stopped one can only be deleted.',
      ],
      body: ['void verb;', "return ['created', 'running', 'paused', 'stopped'];"],
    },
    {
      ...GO,
      name: 'go.ts#makeFifo',
      title: 'further: the end that waits',
      minutes: 10,
      todo: [
        'make the fifo (native.mkfifo, for its owner alone) and open it as the process that waits will hold it.',
        'Held for reading only, it is at its end as soon as a starter closes it, also one that has said nothing.',
        'Nobody must wait in open(2) itself, and no program must inherit it: O_NONBLOCK, O_CLOEXEC.',
      ],
      body: ['native.mkfifo(path, 0o644);', 'return openSync(path, O_NONBLOCK | O_CLOEXEC);'],
    },
    {
      ...GO,
      name: 'go.ts#knock',
      title: 'further: the end that starts',
      minutes: 20,
      todo: [
        'open the fifo for writing, so that a dead container is an error (ENXIO) and not a wait; write one byte.',
        'Two may start at once: only who has the lock (native.flock with LOCK_EX | LOCK_NB) may write.',
        'Return the descriptor, which sayGo closes later; whoever fails after the open closes it here.',
      ],
      body: ['const fifo = openSync(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC);', 'return fifo;'],
    },
  ],
  task: [
    'First, in twenty minutes, what a state is: `statusOf` asks the kernel for it, so that nobody has to write it down,',
    'and `statesFor` is the table that every verb asks. Further, the moment between create and start: a fifo with one',
    'process waiting at it. `makeFifo` makes the end that waits, `knock` is what a starter does at the other.',
  ],
  hints: [
    'Walk through a life by hand: oci spec, create, state, start, exec, pause, kill, state, delete. Try the wrong verbs, too.',
    'A process that has ended and not been waited for is still in /proc, as a zombie: it is stopped all the same.',
    'fifo(7), open(2) "O_NONBLOCK", flock(2). Ask of each line: what if somebody is killed right behind it?',
  ],
};
