/* eslint-disable max-lines -- one lesson, one list: splitting the checks would hide their order */
/**
 * What has to hold in lesson lifecycle.
 *
 * The state is compared with what /proc says; the table is asked by the real verbs, on a container that our own runtime
 * has brought there; the two ends of the fifo are looked at in the process that waits, and on a fifo of our own, where
 * a mistake starts nothing.
 */
import {
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DrydockError } from '../../src/errors.ts';
import { check, consequence, type Bench } from '../../src/learn/check/check.ts';
import { until } from '../../src/learn/facts.ts';
import { LOCK_EX, LOCK_NB, O_CLOEXEC, O_NONBLOCK, O_RDWR, O_WRONLY } from '../../src/linux/constants.ts';
import { errorName } from '../../src/linux/errno.ts';
import { native } from '../../src/linux/native.ts';
import { readStat } from '../../src/linux/procfs.ts';
import * as ours from '../../src/runtime/index.ts';
import type { Verb } from '../../src/runtime/lifecycle.ts';
import { readStateIn, type SavedState, type Status } from '../../src/runtime/state.ts';
import { descriptorsTo, withBox, type Box } from './box.ts';

const TABLE = 'lifecycle.ts#statesFor';
const STATUS = 'lifecycle.ts#statusOf';
const FIFO = 'go.ts#makeFifo';
const KNOCK = 'go.ts#knock';

const FOLLOWS = 'the state is created before the start, running after it, and stopped at the end';
const HELD = 'the process that waits holds the fifo for reading and writing';
const BYTE = 'a starter opens the fifo without waiting, and writes one byte';

/** How long a start may take that takes milliseconds: other people's machines are busy. */
const PATIENCE_MS = 3000;
const LIFE = 'OCI runtime.md, "Operations"; ./drydock oci state ID';

type Runtime = Bench['runtime'];
type Try = (runtime: Runtime, box: Box) => Promise<void> | void;

const noProgram = { args: ['true'], cwd: '/', user: { uid: 0, gid: 0 } };

/** Every verb, as somebody who should not use it now. */
const attempts = {
  start: ({ start }, { run, id }) => start(run, id),
  exec: async ({ exec }, { run, id }) => void (await (await exec(run, id, { process: noProgram })).wait()),
  kill: ({ kill }, { run, id }) => kill(run, id, 0),
  pause: ({ pause }, { run, id }) => pause(run, id),
  resume: ({ resume }, { run, id }) => resume(run, id),
  delete: ({ remove }, { run, id }) => remove(run, id),
} satisfies Record<string, Try>;
type Attempt = keyof typeof attempts;

/** `done`, or the code of the error. */
async function outcome(runtime: Runtime, box: Box, verb: Attempt): Promise<string> {
  try {
    await within(Promise.resolve(attempts[verb](runtime, box)));
    return 'done';
  } catch (error) {
    if (error instanceof DrydockError) return error.code;
    throw error;
  }
}

/** Brings a container into a state, by our own runtime. */
const reach: Record<'created' | 'running' | 'paused' | 'stopped', (box: Box) => Promise<void>> = {
  created: () => Promise.resolve(),
  running: ({ run, id }) => ours.start(run, id),
  async paused(box) {
    await reach.running(box);
    await ours.pause(box.run, box.id);
  },
  async stopped({ container }) {
    process.kill(container.pid, 'SIGKILL');
    await container.wait();
  },
};

/** One row of the table: what a state takes, and what it refuses; the refused come first, for they change nothing. */
function row(status: keyof typeof reach, taken: readonly Attempt[], refused: readonly Attempt[], why: string) {
  const list = (verbs: readonly Attempt[]): string => verbs.join(', ') || 'nothing';
  return check(
    `a container that is ${status} takes ${list(taken)}, and refuses ${list(refused)}`,
    {
      slot: TABLE,
      needs: [FOLLOWS],
      see: `./drydock oci ${taken[0]} ID   after: ./drydock oci state ID`,
      hint: ({ verb, got }) => [
        `Which verbs make sense for a container that is ${status}? ${why}`,
        got === 'WRONG_STATE'
          ? `The table refuses "${String(verb)}", although it can be done: statesFor('${String(verb)}') lacks '${status}'.`
          : `The table let "${String(verb)}" through, and the answer was ${String(got)}: statesFor('${String(verb)}') is not to have '${status}'.`,
        `'${status}' belongs into the lists of ${list(taken)}, and, if there is a process, into those of update and inspect.`,
      ],
    },
    async (t) => {
      await withBox(t.runtime, {}, async (box) => {
        await reach[status](box);
        for (const verb of [...refused, ...taken]) {
          // What follows a start that is right is another slot's; the table alone says whether it is.
          const isFurther = verb === 'start' && taken.includes(verb);
          const got = isFurther ? asTable(tableBy(t)(verb), status) : await outcome(t.runtime, box, verb);
          const wanted = taken.includes(verb) ? 'done' : 'WRONG_STATE';
          t.fact('verb', verb);
          t.fact('got', got);
          t.must(got === wanted, { did: `${verb}, while it is ${status}`, kernel: got, wanted, see: LIFE });
        }
      });
    },
  );
}

const created = row('created', ['kill', 'exec', 'start'], ['resume', 'delete'], 'Its process is there, and waits.');
const running = row('running', ['kill', 'exec', 'pause'], ['start', 'resume', 'delete'], 'It has been started once.');
const paused = row(
  'paused',
  ['kill', 'resume'],
  ['start', 'exec', 'pause', 'delete'],
  'It stands still: whatever has to run in it would not.',
);
const stopped = row(
  'stopped',
  ['delete'],
  ['start', 'exec', 'kill', 'pause', 'resume'],
  'There is no process any more, and everything else still is.',
);

const follows = check(
  FOLLOWS,
  {
    slot: STATUS,
    see: './drydock oci create …; ./drydock oci state ID; ./drydock oci start ID; ./drydock oci state ID',
    hint: ({ when, is }) => [
      'Three facts of the kernel tell the three states apart. Which one is there before the start, and not after it?',
      `${String(when)} it said "${String(is)}". The process itself is alive before the start, and after it: what differs is that it has called execve.`,
      "Alive: readStat(pid)?.isBeforeExec ? 'created' : 'running'. Not alive: 'stopped'.",
    ],
  },
  async (t) => {
    await withBox(t.runtime, {}, async (box) => {
      const { container } = box;
      const saved = savedOf(box);
      const expect = (when: string, wanted: Status): void => {
        const is = t.fact('is', statusBy(t)(saved));
        t.fact('when', when);
        t.must(is === wanted, { did: when, kernel: `${is}    (${flagsOf(container.pid)})`, wanted });
      };
      expect('before the start', 'created');
      await reach.running(box);
      expect('after the start', 'running');
      process.kill(container.pid, 'SIGKILL');
      await container.wait();
      expect('after its end', 'stopped');
    });
  },
);

const zombie = check(
  'one that has ended is stopped before anybody has waited for it',
  {
    slot: STATUS,
    needs: [FOLLOWS],
    see: './drydock try --without pid sh -c "sleep 0 & exec sleep 5", and outside: ps -o stat,comm',
    hint: () => [
      'Between its end and its parent’s wait a process is a zombie: it has a number, a name, and nothing else.',
      'The container was killed, and nobody had waited for it yet. It is in /proc, so it was taken for alive.',
      'isSame(pid, startTime) is false from the first moment of an end: it looks at the flags, not only at the folder.',
    ],
  },
  async (t) => {
    await withBox(t.runtime, {}, async (box) => {
      const saved = savedOf(box);
      const { pid } = box.container;
      process.kill(pid, 'SIGKILL');
      // No await: as long as this function does not yield, nobody reaps.
      while (readStat(pid) !== undefined && readStat(pid)?.state !== 'Z');
      const is = statusBy(t)(saved);
      const state = readStat(pid)?.state ?? 'gone';
      t.must(is === 'stopped', { did: 'killed it', kernel: `${is}, while its State is ${state}`, wanted: 'stopped' });
      await box.container.wait();
    });
  },
);

const another = check(
  'a number that somebody else has by now is not the container',
  {
    slot: STATUS,
    needs: [FOLLOWS],
    see: 'cut -d" " -f22 /proc/PID/stat    (the start time, in ticks since boot)',
    hint: ({ what }) => [
      'A number is given again after its process has been reaped; after a reboot all of them are. What else was saved?',
      `${String(what)} was another one, and the state was not "stopped": whoever has this number would be killed for it.`,
      "boot === bootId() && isSame(pid, startTime), and 'stopped' unless both hold.",
    ],
  },
  async (t) => {
    await withBox(t.runtime, {}, async (box) => {
      const saved = savedOf(box);
      const others: [what: string, state: SavedState][] = [
        ['the start time', { ...saved, startTime: String(Number(saved.startTime) + 1) }],
        ['the boot', { ...saved, bootId: '00000000-0000-0000-0000-000000000000' }],
      ];
      for (const [what, state] of others) {
        const is = statusBy(t)(state);
        t.fact('what', what);
        t.must(is === 'stopped', {
          did: `asked for a container of which ${what} differs`,
          kernel: is,
          wanted: 'stopped',
        });
      }
    });
  },
);

const persists = consequence(
  'a container that has ended stays, with its exit code, until it is deleted',
  { slot: STATUS, needs: [FOLLOWS], see: 'cat /run/drydock/*/exit' },
  async (t) => {
    const dir = await withBox(t.runtime, { args: ['sh', '-c', 'exit 3'], supervise: true }, async (box) => {
      await reach.running(box);
      await box.container.wait();
      const text = readFileSync(join(box.dir, 'exit'), 'utf8');
      const { status } = JSON.parse(text) as { status?: number };
      const { status: is } = t.runtime.state(box.run, box.id);
      const seen = `${is}, and exit says ${text.trim()}`;
      t.must(status === 3 && is === 'stopped', { did: 'sh -c "exit 3" has ended', kernel: seen, wanted: 'stopped, 3' });
      return box.dir;
    });
    t.must(!existsSync(dir), { did: 'delete', kernel: `${dir} is still there`, wanted: 'nothing' });
  },
);

const terminal = consequence(
  'its terminal is its own inside, and the shim holds the other end',
  { slot: STATUS, needs: [FOLLOWS], see: 'ls -l /proc/PID/fd /proc/SHIM/fd' },
  async (t) => {
    await withBox(t.runtime, { supervise: true, terminal: true }, async (box) => {
      const { pid } = box.container;
      await reach.running(box);
      const shim = readStat(pid)!.parent;
      const theirs = descriptorsTo(pid, '/dev/pts/0').length;
      const mastersNow = (): number =>
        ['/dev/pts/ptmx', '/dev/ptmx'].flatMap((path) => descriptorsTo(shim, path)).length;
      // It takes the other end from its socket when it comes to it.
      await until(() => mastersNow() === 1, PATIENCE_MS);
      const masters = mastersNow();
      t.must(theirs >= 3 && masters === 1, {
        did: `asked for a terminal; its parent is ${readStat(shim)?.name}`,
        kernel: `${theirs} descriptors of the program lead to /dev/pts/0, ${masters} of the shim to a ptmx`,
        wanted: '3 or more, and 1',
      });
    });
  },
);

const held = check(
  HELD,
  {
    slot: FIFO,
    see: 'ls -l /proc/PID/fd; cat /proc/PID/fdinfo/N; ls -l RUN/*/go',
    hint: ({ mode, flags }) => [
      'Look at the descriptor in the process that waits: /proc/PID/fdinfo says how it was opened.',
      mode === '600'
        ? `Its flags are 0${String(flags)} (octal). The last digit is 0 for reading, 1 for writing, 2 for both; 4000 is O_NONBLOCK.`
        : `The fifo has the mode ${String(mode)}: others than its owner could start the container, or keep it from starting.`,
      'native.mkfifo(path, 0o600), and openSync(path, O_RDWR | O_NONBLOCK | O_CLOEXEC).',
    ],
  },
  async (t) => {
    await withBox(t.runtime, {}, async ({ dir, container: { pid } }) => {
      const path = join(dir, 'go');
      const mode = t.fact('mode', (statSync(path).mode & 0o777).toString(8));
      const [found] = descriptorsTo(pid, path);
      const flags = t.fact('flags', (found?.flags ?? 0).toString(8));
      const isRight = found !== undefined && (found.flags & 3) === O_RDWR && (found.flags & O_NONBLOCK) !== 0;
      t.must(isRight && mode === '600', {
        did: 'mkfifo, open',
        kernel: `mode ${mode}, flags 0${flags} in process ${pid}`,
        wanted: 'mode 600; O_RDWR and O_NONBLOCK (02 and 04000)',
      });
    });
  },
);

const silent = consequence(
  'a starter that says nothing starts nothing, and wakes nobody',
  { slot: FIFO, needs: [HELD], see: ': > RUN/*/go; grep State /proc/PID/status' },
  async (t) => {
    await withBox(t.runtime, {}, async ({ run, id, dir, container: { pid } }) => {
      closeSync(openSync(join(dir, 'go'), O_WRONLY | O_NONBLOCK));
      const isAsleep = await until(() => readStat(pid)?.state === 'S', PATIENCE_MS);
      const { status } = t.runtime.state(run, id);
      t.must(isAsleep && status === 'created', {
        did: 'opened the fifo, and closed it again',
        kernel: `${status}, State: ${readStat(pid)?.state}`,
        wanted: 'created, and asleep (S)',
      });
    });
  },
);

const byte = check(
  BYTE,
  {
    slot: KNOCK,
    see: 'strace -e openat,write,flock ./drydock oci start ID',
    hint: ({ bytes, flags }) => [
      'One process waits at the fifo until there is a byte. Who may be waiting at the other end, and for what?',
      flags !== undefined
        ? `It was opened with the flags 0${String(flags)}: without O_NONBLOCK (04000) an open for writing waits for a reader, for ever if the container is dead; without O_CLOEXEC (02000000) programs inherit it.`
        : `${String(bytes)} bytes were in the fifo afterwards. The first one starts the container; one more would be for nobody.`,
      "const fifo = openSync(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC); …; writeSync(fifo, '0'); return fifo;",
    ],
  },
  (t) =>
    withFifo((path, ours) => {
      const fifo = knockBy(t)(path);
      const [found] = descriptorsTo('self', path).filter(({ fd }) => fd === fifo);
      const isRight = found !== undefined && (found.flags & O_NONBLOCK) !== 0 && (found.flags & O_CLOEXEC) !== 0;
      const bytes = t.fact('bytes', bytesIn(ours));
      if (!isRight) t.fact('flags', (found?.flags ?? 0).toString(8));
      closeSync(fifo);
      t.must(isRight && bytes === 1, {
        did: 'knock at a fifo that we hold ourselves',
        kernel: `${bytes} bytes came; opened with 0${(found?.flags ?? 0).toString(8)}`,
        wanted: '1 byte, through a descriptor with O_NONBLOCK and O_CLOEXEC',
      });
    }),
);

const oneOfTwo = check(
  'of two starters at the same moment one is refused, and leaves nothing open',
  {
    slot: KNOCK,
    needs: [BYTE],
    see: './drydock oci start ID & ./drydock oci start ID',
    hint: ({ threw, bytes, left }) => [
      'Two engines start the same container at the same moment. Both may see "created". What must happen only once?',
      threw === undefined
        ? 'While somebody else held the lock, the knock went through: the second byte is read by nobody, and both believe that they have started it.'
        : Number(bytes) > 0
          ? `It was refused with ${String(threw)}, but had written its byte before: first the lock, then the byte.`
          : `It was refused with ${String(threw)}, and ${String(left)} descriptor to the fifo stayed open: a second knock from the same process would find its own lock in the way.`,
      'native.flock(fifo, LOCK_EX | LOCK_NB) before the write, both in a try; in its catch: closeSync(fifo); throw cause;',
    ],
  },
  (t) =>
    withFifo((path, ours) => {
      const first = openSync(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
      native.flock(first, LOCK_EX | LOCK_NB);
      const threw = t.fact(
        'threw',
        thrownBy(() => knockBy(t)(path)),
      );
      const bytes = t.fact('bytes', bytesIn(ours));
      closeSync(first);
      const left = t.fact('left', descriptorsTo('self', path).filter(({ fd }) => fd !== ours).length);
      t.must(threw === 'EAGAIN' && bytes === 0 && left === 0, {
        did: 'knock, while another starter holds the lock (flock)',
        kernel: `${threw ?? 'went through'}; ${bytes} bytes written; ${left} descriptors left open`,
        wanted: 'EAGAIN; 0 bytes; 0 descriptors',
      });
    }),
);

const dead = consequence(
  'at the fifo of a dead container nobody waits for ever',
  { slot: KNOCK, needs: [BYTE], see: 'kill -9 PID; echo > RUN/*/go    (waits: the shell opens without O_NONBLOCK)' },
  async (t) => {
    await withBox(t.runtime, {}, async ({ dir, container }) => {
      process.kill(container.pid, 'SIGKILL');
      await container.wait();
      const threw = thrownBy(() => knockBy(t)(join(dir, 'go')));
      t.must(threw === 'ENXIO', { did: 'knock', kernel: threw ?? 'went through', wanted: 'ENXIO: nobody reads it' });
    });
  },
);

const nothingLeft = check(
  'nothing is left behind',
  {
    see: './drydock doctor; ls /run/drydock',
    hint: ({ left }) => [
      'Every container of this check was deleted. What is left is known by its folder.',
      `Left: ${String(left)}.`,
      '`./drydock doctor --repair` gives back what the claims in such a folder name.',
    ],
  },
  async (t) => {
    const counted = await t.leftBehind();
    const run = join(process.env.DRYDOCK_RUN ?? '/run/drydock', 'lifecycle');
    const folders = existsSync(run) ? readdirSync(run) : [];
    const left = t.fact(
      'left',
      [...folders, ...Object.values(counted).filter((count) => count > 0)].join(' ') || 'nothing',
    );
    t.must(left === 'nothing', { did: 'delete', kernel: left, wanted: 'nothing' });
  },
);

export const checks = [
  follows,
  zombie,
  another,
  persists,
  terminal,
  created,
  running,
  paused,
  stopped,
  held,
  silent,
  byte,
  oneOfTwo,
  dead,
  nothingLeft,
];

const tableBy = (t: Bench): ((verb: Verb) => readonly Status[]) => functionOf(t, TABLE);
const asTable = (states: readonly Status[], is: Status): string => (states.includes(is) ? 'done' : 'WRONG_STATE');
const statusBy = (t: Bench): ((state: SavedState) => Status) => functionOf(t, STATUS);
const knockBy = (t: Bench): ((path: string) => number) => functionOf(t, KNOCK);

function functionOf(t: Bench, slot: string): never {
  const solved = t.solved(slot);
  return (solved.kind === 'function' ? solved.run : undefined) as never;
}

function savedOf({ dir }: Box): SavedState {
  const state = readStateIn(dir);
  if (!state) throw new DrydockError('INTERNAL', `${dir} has no state`);
  return state;
}

const flagsOf = (pid: number): string => {
  const stat = readStat(pid);
  return stat ? `State ${stat.state}, ${stat.isBeforeExec ? 'no execve yet' : 'has called execve'}` : 'no such process';
};

/** A fifo of our own with somebody waiting at it: us. */
async function withFifo(use: (path: string, ours: number) => void): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'drydock-fifo-'));
  const path = join(folder, 'go');
  try {
    native.mkfifo(path, 0o600);
    const ours = openSync(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
    try {
      use(path, ours);
    } finally {
      for (const { fd } of descriptorsTo('self', path)) closeSync(fd);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function bytesIn(fifo: number): number {
  try {
    return readSync(fifo, Buffer.alloc(16));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return 0;
    throw error;
  }
}

/** The name of the errno; undefined when nothing was thrown. */
function thrownBy(work: () => number): string | undefined {
  try {
    closeSync(work());
    return undefined;
  } catch (error) {
    const { errno } = error as { errno?: number };
    if (errno === undefined) throw error;
    return errorName(Math.abs(errno));
  }
}

async function within(work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new DrydockError('INTERNAL', 'it still waits')), PATIENCE_MS);
  });
  // What comes too late is nobody's any more: the container is about to be removed.
  work.catch(() => undefined);
  try {
    await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
