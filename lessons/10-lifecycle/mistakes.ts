/** What learners get wrong in lesson lifecycle, and what they are told. */
import type { Mistake } from '../../src/learn/mistake.ts';

const TABLE = 'lifecycle.ts#statesFor';
const STATUS = 'lifecycle.ts#statusOf';
const FIFO = 'go.ts#makeFifo';
const KNOCK = 'go.ts#knock';

const row = (status: string, taken: string, refused: string): string =>
  `a container that is ${status} takes ${taken}, and refuses ${refused}`;

/** The table with one list done wrong. */
const table = (wrong: Readonly<Record<string, string>>): string[] => {
  const right = {
    start: "'created'",
    exec: "'created', 'running'",
    pause: "'created', 'running'",
    resume: "'paused'",
    kill: "'created', 'running', 'paused'",
    update: "'created', 'running', 'paused'",
    inspect: "'created', 'running', 'paused'",
    delete: "'stopped'",
  };
  const cases = Object.entries({ ...right, ...wrong }).map(([verb, list]) => `  case '${verb}': return [${list}];`);
  return ['switch (verb) {', ...cases, '}'];
};

export const mistakes: readonly Mistake[] = [
  {
    title: 'a container is taken for alive as long as its number is in /proc',
    slot: STATUS,
    body: [
      'const stat = readStat(pid);',
      'void isSame;',
      "if (!stat || boot !== bootId() || stat.startTime !== startTime) return 'stopped';",
      "return stat.isBeforeExec ? 'created' : 'running';",
    ],
    fails: 'one that has ended is stopped before anybody has waited for it',
    hint: /in \/proc, so it was taken for alive/,
  },
  {
    title: 'the lock comes after the byte',
    slot: KNOCK,
    body: [
      'const fifo = openSync(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC);',
      'try {',
      "  writeSync(fifo, '0');",
      '  native.flock(fifo, LOCK_EX | LOCK_NB);',
      '  return fifo;',
      '} catch (cause) {',
      '  closeSync(fifo);',
      '  throw cause;',
      '}',
    ],
    fails: 'of two starters at the same moment one is refused, and leaves nothing open',
    hint: /first the lock, then the byte/,
  },
  {
    title: 'the fifo is held for reading only',
    slot: FIFO,
    body: ['native.mkfifo(path, 0o600);', 'return openSync(path, O_NONBLOCK | O_CLOEXEC);'],
    fails: 'the process that waits holds the fifo for reading and writing',
    hint: /last digit is 0 for reading/,
  },
  {
    title: 'a container that has been created is taken for one that runs',
    slot: STATUS,
    body: ['void readStat;', "return boot === bootId() && isSame(pid, startTime) ? 'running' : 'stopped';"],
    fails: 'the state is created before the start, running after it, and stopped at the end',
    hint: /what differs is that it has called execve/,
  },
  {
    title: 'a number is believed without its start time',
    slot: STATUS,
    body: [
      'const stat = readStat(pid);',
      'void startTime;',
      "if (!stat || stat.state === 'Z' || stat.state === 'X' || !isSame(pid, stat.startTime) || boot !== bootId())",
      "  return 'stopped';",
      "return stat.isBeforeExec ? 'created' : 'running';",
    ],
    fails: 'a number that somebody else has by now is not the container',
    hint: /the start time was another one/,
  },
  {
    title: 'a created container cannot be entered',
    slot: TABLE,
    body: table({ exec: "'running'" }),
    fails: row('created', 'kill, exec, pause, start', 'resume, delete'),
    hint: /refuses "exec".*lacks 'created'/,
  },
  {
    title: 'a created container cannot be paused',
    slot: TABLE,
    body: table({ pause: "'running'" }),
    fails: row('created', 'kill, exec, pause, start', 'resume, delete'),
    hint: /refuses "pause".*lacks 'created'/,
  },
  {
    title: 'a running container can be deleted',
    slot: TABLE,
    body: table({ delete: "'stopped', 'running'" }),
    fails: row('running', 'kill, exec, pause', 'start, resume, delete'),
    hint: /let "delete" through.*not to have 'running'/,
  },
  {
    title: 'what stands still cannot be killed',
    slot: TABLE,
    body: table({ kill: "'created', 'running'" }),
    fails: row('paused', 'kill, resume', 'start, exec, pause, delete'),
    hint: /refuses "kill".*lacks 'paused'/,
  },
  {
    title: 'what stands still cannot be updated',
    slot: TABLE,
    body: table({ update: "'created', 'running'" }),
    fails: row('paused', 'kill, resume', 'start, exec, pause, delete'),
    hint: /refuses "update".*lacks 'paused'/,
  },
  {
    title: 'what has ended can be looked into',
    slot: TABLE,
    body: table({ inspect: "'created', 'running', 'paused', 'stopped'" }),
    fails: row('stopped', 'delete', 'start, exec, kill, pause, resume'),
    hint: /let "inspect" through.*not to have 'stopped'/,
  },
  {
    title: 'a stopped container can go on',
    slot: TABLE,
    body: table({ resume: "'paused', 'stopped'" }),
    fails: row('stopped', 'delete', 'start, exec, kill, pause, resume'),
    hint: /let "resume" through.*not to have 'stopped'/,
  },
  {
    title: 'everybody may start it',
    slot: FIFO,
    body: ['native.mkfifo(path, 0o666);', 'return openSync(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);'],
    fails: 'the process that waits holds the fifo for reading and writing',
    hint: /others than its owner could start the container/,
  },
  {
    title: 'the starter waits in open(2)',
    slot: KNOCK,
    body: [
      'const fifo = openSync(path, O_WRONLY | O_CLOEXEC);',
      'native.flock(fifo, LOCK_EX | LOCK_NB);',
      "writeSync(fifo, '0');",
      'return fifo;',
    ],
    fails: 'a starter opens the fifo without waiting, and writes one byte',
    hint: /without O_NONBLOCK.*waits for a reader/,
  },
  {
    title: 'a starter that is refused keeps the fifo open',
    slot: KNOCK,
    body: [
      'const fifo = openSync(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC);',
      'native.flock(fifo, LOCK_EX | LOCK_NB);',
      "writeSync(fifo, '0');",
      'return fifo;',
    ],
    fails: 'of two starters at the same moment one is refused, and leaves nothing open',
    hint: /1 descriptor to the fifo stayed open/,
  },
  {
    title: 'nobody asks for the lock',
    slot: KNOCK,
    body: ['const fifo = openSync(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC);', "writeSync(fifo, '0');", 'return fifo;'],
    fails: 'of two starters at the same moment one is refused, and leaves nothing open',
    hint: /the second byte is read by nobody/,
  },
];
